using System.Text;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A layer that adds to some directories what a test tells it to: files of a few bytes, whose content is their name.</summary>
internal sealed class ScriptedLayer(LayerNumber number) : ITreeLayer
{
    private readonly List<(NodeId Directory, byte[] Name)> _files = [];

    public event Action<NodeId, ReadOnlyMemory<byte>>? NameChanged;

    public LayerNumber Number => number;

    public int RootDirectories { get; init; }

    public void Add(NodeId directory, string name)
    {
        _files.Add((directory, Encoding.UTF8.GetBytes(name)));
        NameChanged?.Invoke(directory, _files[^1].Name);
    }

    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        for (var i = 0; i < _files.Count; i++)
        {
            if (_files[i].Directory == directory && name.SequenceEqual(_files[i].Name))
            {
                attributes = Attributes(i);
                return true;
            }
        }

        attributes = default;
        return false;
    }

    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = TryFile(node, out var file);
        attributes = known ? Attributes(file) : default;
        return known;
    }

    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        for (var i = (int)position; i < _files.Count; i++)
        {
            if (_files[i].Directory == directory && !listing.TryAdd(_files[i].Name, Attributes(i), number.Position((ulong)i + 1)))
            {
                break;
            }
        }

        return true;
    }

    public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) =>
        throw new FsException(Errno.InputOutput, "All sizes are known.");

    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination)
    {
        if (!TryFile(file, out var index))
        {
            return ReadResult.Failed(Errno.InvalidArgument);
        }

        var bytes = _files[index].Name.AsSpan((int)Math.Min(offset, _files[index].Name.Length));
        var count = Math.Min(bytes.Length, destination.Length);
        bytes[..count].CopyTo(destination);
        return ReadResult.Read(count);
    }

    public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private bool TryFile(NodeId node, out int file)
    {
        file = (int)LayerNumber.Own(node) - 1;
        return LayerNumber.Of(node) == number && (uint)file < (uint)_files.Count;
    }

    private NodeAttributes Attributes(int file) => new()
    {
        Node = number.Node((ulong)file + 1),
        Inode = number.Node((ulong)file + 1).Value,
        Kind = NodeKind.File,
        Size = _files[file].Name.Length,
        ModifiedUnixSeconds = 0,
        LinkCount = 1,
    };
}
