namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// The files of a data set as read from its lists: paths in one block of bytes and, where listed, their SHA-256 or length.
/// Built once, sorted, then turned into a <see cref="CatalogSnapshot"/>. (As strings, 377,110 paths would be 90 MB.)
/// </summary>
internal sealed class PathList
{
    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashSize = 32;

    /// <summary>The length of a file whose list tells none.</summary>
    public const long UnknownLength = -1;

    /// <summary>NAME_MAX of Linux: a longer name would make the kernel refuse its whole directory.</summary>
    private const int LongestName = 255;

    private byte[] _bytes = new byte[1 << 16];
    private int _used;
    private Item[] _items = new Item[1 << 10];

    /// <summary>Number of paths.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a path.</summary>
    /// <param name="path">Relative, with '/' between parts.</param>
    /// <param name="sha256">The listed checksum, or empty.</param>
    /// <param name="length">The listed length in bytes, or <see cref="UnknownLength"/>.</param>
    /// <exception cref="InvalidDataException">Not a path inside the data set.</exception>
    public void Add(ReadOnlySpan<byte> path, ReadOnlySpan<byte> sha256, long length = UnknownLength)
    {
        if (!IsInside(path))
        {
            throw new InvalidDataException("A list file names a path that is empty, absolute or has an empty, '.', '..' or overlong part.");
        }

        var start = Append(path);
        var hash = sha256.IsEmpty ? -1 : Append(sha256);
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = new Item(start, path.Length, hash, length);
    }

    /// <summary>The path at <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> Path(int index) => _bytes.AsSpan(_items[index].Start, _items[index].Length);

    /// <summary>The checksum at <paramref name="index"/>; empty where none is listed.</summary>
    public ReadOnlySpan<byte> Sha256(int index) =>
        _items[index].Hash < 0 ? default : _bytes.AsSpan(_items[index].Hash, HashSize);

    /// <summary>The length at <paramref name="index"/>; <see cref="UnknownLength"/> where none is listed.</summary>
    public long Length(int index) => _items[index].FileLength;

    /// <summary>Sorts by <see cref="PathOrder"/> and drops repeated paths, keeping the one with a checksum.</summary>
    public void SortAndMerge()
    {
        var items = _items.AsSpan(0, Count);
        // The published lists are nearly in this order, so the check usually saves the sort.
        if (!IsSorted())
        {
            items.Sort((a, b) =>
            {
                var order = PathOrder.Compare(_bytes.AsSpan(a.Start, a.Length), _bytes.AsSpan(b.Start, b.Length));
                return order != 0 ? order : b.Hash.CompareTo(a.Hash);
            });
        }

        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (kept == 0 || !Path(i).SequenceEqual(Path(kept - 1)))
            {
                _items[kept++] = _items[i];
            }
        }

        Count = kept;
    }

    private bool IsSorted()
    {
        for (var i = 1; i < Count; i++)
        {
            if (PathOrder.Compare(Path(i - 1), Path(i)) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private int Append(ReadOnlySpan<byte> bytes)
    {
        if (_used + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(_used));
        _used += bytes.Length;
        return _used - bytes.Length;
    }

    private static bool IsInside(ReadOnlySpan<byte> path)
    {
        while (true)
        {
            var slash = path.IndexOf((byte)'/');
            var part = slash < 0 ? path : path[..slash];
            if (part.Length is 0 or > LongestName || part.SequenceEqual("."u8) || part.SequenceEqual(".."u8) || part.Contains((byte)0))
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            path = path[(slash + 1)..];
        }
    }

    private readonly record struct Item(int Start, int Length, int Hash, long FileLength);
}
