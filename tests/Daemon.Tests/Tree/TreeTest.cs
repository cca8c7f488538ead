using System.Text;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>A small data set and its tree.</summary>
public abstract class TreeTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CacheHarness _parts;

    private protected TreeTest() => _parts = new CacheHarness(_folder, Origin, Store);

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The data set of what was added to the origin.</summary>
    private protected async Task<OpenDataSet> OpenAsync()
    {
        Origin.AddChecksums();
        return await _parts.OpenAsync();
    }

    /// <summary>Another tree of the same data set, as a second mount has it; told when a blob is replaced, as a mount is.</summary>
    private protected DataSetTree NewTree(OpenDataSet dataSet)
    {
        var tree = new DataSetTree(dataSet.Nodes, dataSet.Blobs, _parts.Cache, _parts.DirectorySizes);
        dataSet.Nodes.Replaced += tree.OnReplaced;
        return tree;
    }

    /// <summary>The tree with these layers, as a mount has it.</summary>
    private protected LayeredTree NewTree(OpenDataSet dataSet, params ITreeLayer[] layers) =>
        new(dataSet with { Layers = layers }, _parts.Cache, _parts.DirectorySizes);

    private protected async Task<DataSetTree> NewTreeAsync() => NewTree(await OpenAsync());

    /// <summary>Walks a path by lookups.</summary>
    private protected static NodeAttributes Lookup(IFileTree tree, string path)
    {
        var node = NodeId.Root;
        Assert.True(tree.TryGetAttributes(node, out var found));
        foreach (var part in path.Split('/'))
        {
            Assert.True(tree.TryLookup(found.Node, Encoding.UTF8.GetBytes(part), out found), path);
        }

        return found;
    }

    /// <summary>Reads as the kernel does: tries, waits, tries again.</summary>
    internal static async Task<byte[]> ReadAsync(IFileTree tree, NodeId file, long offset, int length)
    {
        var buffer = new byte[length];
        ReadResult result;
        while ((result = tree.TryRead(file, offset, buffer)).IsPending)
        {
            await tree.WaitReadableAsync(file, offset, length, TestContext.Current.CancellationToken);
        }

        return result.Error == Errno.None ? buffer[..result.Bytes] : throw new FsException(result.Error, "TryRead");
    }

    /// <summary>One page of a listing, into a buffer of that many bytes.</summary>
    private protected static bool TryList(
        IFileTree tree, NodeId directory, ulong position, int bytes, out List<(string Name, NodeAttributes Attributes, ulong Next)> entries)
    {
        entries = [];
        var listing = new DirectoryListing(new byte[bytes]);
        var listed = tree.TryReadDirectory(directory, position, ref listing);
        var reader = listing.Read();
        while (reader.TryRead(out var name, out var attributes, out var next))
        {
            entries.Add((Encoding.UTF8.GetString(name), attributes, next));
        }

        return listed;
    }

    /// <summary>A whole listing, page by page.</summary>
    internal static List<(string Name, NodeAttributes Attributes)> ListAll(IFileTree tree, NodeId directory, int bytes)
    {
        var all = new List<(string, NodeAttributes)>();
        for (ulong position = 0; ;)
        {
            Assert.True(TryList(tree, directory, position, bytes, out var page));
            if (page.Count == 0)
            {
                return all;
            }

            all.AddRange(page.Select(entry => (entry.Name, entry.Attributes)));
            position = page[^1].Next;
        }
    }

    private protected static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
