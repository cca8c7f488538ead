using System.Buffers;
using System.Text;

namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// What exists in a data set: an immutable tree in plain arrays. Nodes are numbered 0 (the root) to
/// <see cref="NodeCount"/> - 1, level by level, so that the children of a directory stand together in the order of
/// their names; files have a second number, their ordinal in path order. Both are the same in every run. Nothing
/// here blocks or allocates, but for the methods that return a string.
/// </summary>
internal sealed class CatalogSnapshot
{
    private readonly byte[] _names;
    private readonly int[] _nameStart;
    private readonly int[] _parent;
    private readonly int[] _firstChild;
    private readonly int[] _childCount;
    private readonly int[] _subdirectories;
    private readonly int[] _nodeOfFile;
    private readonly byte[] _sha256;
    private readonly bool[] _hasSha256;

    /// <summary>Takes the arrays that <see cref="CatalogBuilder"/> made.</summary>
    internal CatalogSnapshot(CatalogArrays arrays)
    {
        _names = arrays.Names;
        _nameStart = arrays.NameStart;
        _parent = arrays.Parent;
        _firstChild = arrays.FirstChild;
        _childCount = arrays.ChildCount;
        _subdirectories = arrays.Subdirectories;
        _nodeOfFile = arrays.NodeOfFile;
        _sha256 = arrays.Sha256;
        _hasSha256 = arrays.HasSha256;
        Arrays = arrays;
    }

    /// <summary>What this was made of, to be written down.</summary>
    internal CatalogArrays Arrays { get; }

    /// <summary>Files and directories, the root included.</summary>
    public int NodeCount => _parent.Length;

    /// <summary>Files.</summary>
    public int FileCount => _nodeOfFile.Length;

    /// <summary>SHA-256 over all paths and checksums: two catalogues with the same one number their files alike.</summary>
    public ReadOnlyMemory<byte> Fingerprint => Arrays.Fingerprint;

    /// <summary>Whether a node is a directory.</summary>
    public bool IsDirectory(int node) => _childCount[node] >= 0;

    /// <summary>The last part of a node's path; empty for the root.</summary>
    public ReadOnlySpan<byte> Name(int node) => _names.AsSpan(_nameStart[node], _nameStart[node + 1] - _nameStart[node]);

    /// <summary>The directory that holds a node; the root for the root.</summary>
    public int Parent(int node) => _parent[node];

    /// <summary>The first child of a directory; the others follow.</summary>
    public int FirstChild(int directory) => _firstChild[directory];

    /// <summary>Number of children of a directory.</summary>
    public int ChildCount(int directory) => _childCount[directory];

    /// <summary>Number of directories among the children of a directory.</summary>
    public int SubdirectoryCount(int directory) => _subdirectories[directory];

    /// <summary>The ordinal of a file's node.</summary>
    public int FileOf(int node) => _firstChild[node];

    /// <summary>The node of a file's ordinal.</summary>
    public int NodeOf(int file) => _nodeOfFile[file];

    /// <summary>The listed checksum of a file; empty where none is listed.</summary>
    public ReadOnlySpan<byte> Sha256(int file) =>
        _hasSha256[file] ? _sha256.AsSpan(file * PathList.HashSize, PathList.HashSize) : default;

    /// <summary>Finds a child by name.</summary>
    /// <returns>False when there is none or <paramref name="directory"/> is a file.</returns>
    public bool TryFindChild(int directory, ReadOnlySpan<byte> name, out int child)
    {
        var low = _firstChild[directory];
        var high = low + _childCount[directory] - 1;
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            var order = Name(middle).SequenceCompareTo(name);
            if (order == 0)
            {
                child = middle;
                return true;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        child = -1;
        return false;
    }

    /// <summary>Finds a node by its path; leading, trailing and repeated '/' are ignored.</summary>
    public bool TryResolve(string path, out int node)
    {
        node = 0;
        Span<byte> name = stackalloc byte[256];
        foreach (var range in path.AsSpan().Split('/'))
        {
            var part = path.AsSpan(range);
            if (part.IsEmpty || part is ".")
            {
                continue;
            }

            if (!Encoding.UTF8.TryGetBytes(part, name, out var length) || !TryFindChild(node, name[..length], out node))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The path of a node from the root, without a leading '/'; empty for the root.</summary>
    public string Path(int node)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PathLength(node));
        var text = Encoding.UTF8.GetString(buffer.AsSpan(0, WritePath(node, buffer)));
        ArrayPool<byte>.Shared.Return(buffer);
        return text;
    }

    /// <summary>Directories between a node and the root.</summary>
    public int Depth(int node)
    {
        var depth = 0;
        for (; (node = _parent[node]) != 0; depth++)
        {
        }

        return depth;
    }

    /// <summary>Bytes of a node's path.</summary>
    public int PathLength(int node)
    {
        var length = 0;
        for (; node != 0; node = _parent[node])
        {
            length += Name(node).Length + 1;
        }

        return Math.Max(0, length - 1);
    }

    /// <summary>Writes the path of a node.</summary>
    /// <returns>Bytes written: <see cref="PathLength"/>.</returns>
    public int WritePath(int node, Span<byte> destination)
    {
        var length = PathLength(node);
        for (var end = length; node != 0; node = _parent[node])
        {
            var name = Name(node);
            end -= name.Length;
            name.CopyTo(destination[end..]);
            if (end > 0)
            {
                destination[--end] = (byte)'/';
            }
        }

        return length;
    }
}
