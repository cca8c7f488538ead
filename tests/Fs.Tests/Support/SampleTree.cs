using System.Text;
using System.Threading.Channels;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>A small tree in memory whose files can be made slow, failing or of unknown size.</summary>
internal sealed class SampleTree : IBackedFileTree
{
    private readonly List<SampleNode> _nodes = [];
    private readonly Channel<SampleNode> _waits = Channel.CreateUnbounded<SampleNode>();

    public SampleTree() => Root = Add(null, string.Empty, NodeKind.Directory);

    public SampleNode Root { get; }

    public IKernelCache? Kernel { get; private set; }

    /// <summary>Every call of GetSizeAsync and WaitReadableAsync, as it arrives.</summary>
    public ChannelReader<SampleNode> Waits => _waits.Reader;

    /// <summary>A tree with one of each, for tests that need no particular one.</summary>
    public static SampleTree WithOneOfEach()
    {
        var tree = new SampleTree();
        var folder = tree.AddDirectory(tree.Root, "folder");
        tree.AddFile(folder, "inner.txt", "inside"u8.ToArray());
        tree.AddFile(tree.Root, "hello.txt", "hello\n"u8.ToArray());
        tree.AddFile(tree.Root, "empty", []);
        tree.AddLink(tree.Root, "link", "folder/inner.txt");
        return tree;
    }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public SampleNode AddDirectory(SampleNode parent, string name) => Add(parent, name, NodeKind.Directory);

    public SampleNode AddLink(SampleNode parent, string name, string target)
    {
        var node = Add(parent, name, NodeKind.SymbolicLink);
        node.Content = Encoding.UTF8.GetBytes(target);
        return node;
    }

    public SampleNode AddFile(SampleNode parent, string name, byte[] content)
    {
        var node = Add(parent, name, NodeKind.File);
        node.Content = content;
        return node;
    }

    public async Task WaitForWaitsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Waits.ReadAsync(TestContext.Current.CancellationToken);
        }
    }

    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        if (Find(directory) is { Kind: NodeKind.Directory } parent)
        {
            Interlocked.Increment(ref parent.Lookups);
            foreach (var child in parent.Children)
            {
                if (child.Name.AsSpan().SequenceEqual(name))
                {
                    attributes = child.Attributes;
                    return true;
                }
            }
        }

        attributes = default;
        return false;
    }

    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var found = Find(node);
        attributes = found?.Attributes ?? default;
        return found is not null;
    }

    public async ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken)
    {
        var node = Find(file)!;
        node.SizeAskedForRead = readFollows;
        _waits.Writer.TryWrite(node);
        await node.SizeGate.WaitAsync(cancellationToken);
        return node.Content.Length;
    }

    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        if (Find(directory) is not { Kind: NodeKind.Directory } node)
        {
            return false;
        }

        for (var i = position; i < (ulong)node.Children.Count; i++)
        {
            var child = node.Children[(int)i];
            if (!listing.TryAdd(child.Name, child.Attributes, i + 1))
            {
                break;
            }
        }

        return true;
    }

    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target)
    {
        var node = Find(link);
        target = node?.Content;
        return node?.Kind == NodeKind.SymbolicLink;
    }

    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination)
    {
        if (Find(file) is not { Kind: NodeKind.File } node)
        {
            return ReadResult.Failed(Errno.NoEntry);
        }

        Interlocked.Increment(ref node.Reads);
        if (node.ReadError is { } error)
        {
            return ReadResult.Failed(error);
        }

        if (node.Throws is { } exception)
        {
            throw exception;
        }

        if (!node.BytesGate.IsCompletedSuccessfully || Interlocked.Decrement(ref node.StillPending) >= 0)
        {
            return ReadResult.Pending;
        }

        var length = (int)Math.Min(destination.Length, Math.Max(0, node.Content.Length - offset));
        node.Content.AsSpan((int)Math.Min(offset, node.Content.Length), length).CopyTo(destination);
        return ReadResult.Read(length);
    }

    public async ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken)
    {
        var node = Find(file)!;
        _waits.Writer.TryWrite(node);
        try
        {
            await (node.IgnoresCancellation ? node.BytesGate : node.BytesGate.WaitAsync(cancellationToken));
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                node.Cancelled.TrySetResult();
            }
        }
    }

    public BackingResult TryGetBacking(NodeId file)
    {
        var node = Find(file)!;
        if (node.HasNoBacking)
        {
            return BackingResult.None;
        }

        return node.BytesGate.IsCompletedSuccessfully && node.BackingThrows is null
            ? BackingResult.Leased(new SampleBacking(node))
            : BackingResult.Pending;
    }

    public async ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken)
    {
        var node = Find(file)!;
        _waits.Writer.TryWrite(node);
        if (node.BackingThrows is { } exception)
        {
            throw exception;
        }

        try
        {
            await (node.IgnoresCancellation ? node.BytesGate : node.BytesGate.WaitAsync(cancellationToken));
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                node.Cancelled.TrySetResult();
            }
        }

        return node.HasNoBacking ? null : new SampleBacking(node);
    }

    public TreeStatistics GetStatistics() => new(_nodes.Count, 1_000_000_000);

    public void Mounted(IKernelCache kernel) => Kernel = kernel;

    private SampleNode? Find(NodeId node) => node.Value >= 1 && node.Value <= (ulong)_nodes.Count ? _nodes[(int)node.Value - 1] : null;

    private SampleNode Add(SampleNode? parent, string name, NodeKind kind)
    {
        var node = new SampleNode(new NodeId((ulong)_nodes.Count + 1), Encoding.UTF8.GetBytes(name), kind);
        _nodes.Add(node);
        parent?.Children.Add(node);
        return node;
    }
}
