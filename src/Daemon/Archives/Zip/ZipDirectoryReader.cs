namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>Reads a zip's directory, whole or a stretch of it, and refuses what cannot be right.</summary>
/// <param name="end">The end of the archive.</param>
internal sealed class ZipDirectoryReader(ZipEnd end)
{
    /// <summary>Places in a stretch that look like an entry and are none; more of them are no accident.</summary>
    private const int MostFalseStarts = 64;

    private readonly List<ZipEntry> _entries = [];
    private readonly List<int> _nameStart = [];
    private byte[] _names = [];
    private int _namesLength;

    /// <summary>Reads the whole directory.</summary>
    /// <exception cref="ArchiveException">It is damaged, or made to do harm.</exception>
    public static ZipDirectory ReadWhole(ReadOnlySpan<byte> directory, ZipEnd end)
    {
        var reader = new ZipDirectoryReader(end);
        reader._entries.EnsureCapacity(end.Count);
        reader._nameStart.EnsureCapacity(end.Count + 1);
        for (var left = end.Count; left > 0; left--)
        {
            if (CentralHeader.Read(directory, out var header) != HeaderState.Whole)
            {
                throw Damaged("ends early, or holds something else than entries");
            }

            reader.Add(header);
            directory = directory[header.Size..];
        }

        reader.RefuseOverlaps();
        return reader.Build();
    }

    /// <summary>Reads what whole entries stand in a stretch of the directory, which may begin and end in the middle of one.</summary>
    /// <returns>Null when none can be told for certain.</returns>
    /// <exception cref="ArchiveException">It is damaged, or made to do harm.</exception>
    public static ZipDirectory? TryReadStretch(ReadOnlySpan<byte> stretch, ZipEnd end)
    {
        for (var starts = 0; starts < MostFalseStarts; starts++)
        {
            var start = stretch.IndexOf(CentralHeader.Beginning);
            if (start < 0)
            {
                return null;
            }

            stretch = stretch[start..];
            if (IsChain(stretch))
            {
                var reader = new ZipDirectoryReader(end);
                for (; CentralHeader.Read(stretch, out var header) == HeaderState.Whole; stretch = stretch[header.Size..])
                {
                    reader.Add(header);
                }

                return reader.Build();
            }

            stretch = stretch[1..];
        }

        return null;
    }

    /// <summary>Whether entries follow each other to the end: names and comments may hold anything, so one proves nothing.</summary>
    private static bool IsChain(ReadOnlySpan<byte> bytes)
    {
        var links = 0;
        HeaderState state;
        for (; (state = CentralHeader.Read(bytes, out var header)) == HeaderState.Whole; bytes = bytes[header.Size..])
        {
            links++;
        }

        return links > 1 && (state == HeaderState.Cut || bytes.IsEmpty);
    }

    private static ArchiveException Damaged(string how) => new($"The zip archive is damaged: its directory {how}.");

    /// <summary>Whether a path is absolute, leads elsewhere, or could not be shown as one.</summary>
    private static bool IsUnsafe(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAny("\\\0"u8))
        {
            return true;
        }

        foreach (var part in name.Split((byte)'/'))
        {
            var text = name[part];
            // Also a leading '/', which makes the first part empty.
            if (text.IsEmpty || text.SequenceEqual("."u8) || text.SequenceEqual(".."u8))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(CentralHeader header)
    {
        if (header.Name.EndsWith("/"u8))
        {
            return;
        }

        if (IsUnsafe(header.Name))
        {
            throw Damaged("names a file outside of the archive");
        }

        var entry = header.Entry;
        var room = end.DirectoryOffset - entry.Offset - LocalHeader.FixedSize - header.Name.Length;
        if (entry.Offset > end.DirectoryOffset || entry.PackedLength > room)
        {
            throw Damaged("names a member that is not inside the archive");
        }

        if (_names.Length - _namesLength < header.Name.Length)
        {
            Array.Resize(ref _names, Math.Max(_names.Length * 2, _namesLength + (64 * header.Name.Length)));
        }

        _entries.Add(entry);
        _nameStart.Add(_namesLength);
        header.Name.CopyTo(_names.AsSpan(_namesLength));
        _namesLength += header.Name.Length;
    }

    /// <summary>Members that share their bytes are how a small archive claims to be an endless one.</summary>
    private void RefuseOverlaps()
    {
        var starts = new long[_entries.Count];
        var ends = new long[_entries.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = _entries[i].Offset;
            ends[i] = _entries[i].Offset + LocalHeader.FixedSize + NameLength(i) + _entries[i].PackedLength;
        }

        Array.Sort(starts, ends);
        for (var i = 1; i < starts.Length; i++)
        {
            if (starts[i] < ends[i - 1])
            {
                throw Damaged("names members that overlap");
            }
        }
    }

    private int NameLength(int member) => (member + 1 < _nameStart.Count ? _nameStart[member + 1] : _namesLength) - _nameStart[member];

    private ReadOnlySpan<byte> Name(int member) => _names.AsSpan(_nameStart[member], NameLength(member));

    private ZipDirectory Build()
    {
        var order = new int[_entries.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => Name(a).SequenceCompareTo(Name(b)));
        var (names, nameStart, entries) = (new byte[_namesLength], new int[order.Length + 1], new ZipEntry[order.Length]);
        var at = 0;
        for (var i = 0; i < order.Length; i++)
        {
            var name = Name(order[i]);
            if (i > 0 && name.SequenceEqual(Name(order[i - 1])))
            {
                throw Damaged("names a member twice");
            }

            name.CopyTo(names.AsSpan(at));
            (nameStart[i], entries[i]) = (at, _entries[order[i]]);
            at += name.Length;
        }

        nameStart[^1] = at;
        return new ZipDirectory(names, nameStart, entries);
    }
}
