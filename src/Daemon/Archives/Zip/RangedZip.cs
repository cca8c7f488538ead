namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>
/// A zip that is read where it is, a range at a time, and never unpacked to a disk. Of a large directory, first only the stretch is
/// read in which a member should stand: one request for the end of the archive, one for the stretch, one for the member. When many
/// are wanted, or a member does not stand where it was expected, the whole directory is read, in one request.
/// </summary>
internal sealed class RangedZip : IDisposable
{
    /// <summary>About 1,400 entries with paths like those of mimic-cxr; the most that a slow origin gives in one piece.</summary>
    private const int StretchLength = 128 * 1024;

    /// <summary>After so many the next is as likely to be wanted as any: the whole directory costs one request as well.</summary>
    private const int MostStretches = 2;

    private readonly IRangeSource _source;
    private readonly ForwardRuns _runs;
    private readonly SemaphoreSlim _reading = new(1); // the directory, or a stretch of it
    private volatile ZipDirectory? _directory;
    private volatile ZipDirectory[] _stretches = []; // changed while _reading is held
    private int _asked; // while _reading is held

    /// <summary>An archive whose directory is known.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="end">Its end.</param>
    /// <param name="directory">Its directory; null where it is not known yet.</param>
    /// <param name="stopping">Ends requests that nobody may wait for any more.</param>
    public RangedZip(IRangeSource source, ZipEnd end, ZipDirectory? directory, CancellationToken stopping)
    {
        _source = source;
        _directory = directory;
        _runs = new ForwardRuns(source, end.DirectoryOffset, stopping);
        End = end;
    }

    /// <summary>The end of the archive.</summary>
    public ZipEnd End { get; }

    /// <summary>The whole directory, once it was read.</summary>
    public ZipDirectory? Directory => _directory;

    /// <summary>Members read that did not stand near those read before.</summary>
    public int ScatteredReads => _runs.Scattered;

    /// <summary>Reads the end of an archive, and of its directory what stands there.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="stopping">Ends requests that nobody may wait for any more.</param>
    /// <param name="cancellationToken">Ends this.</param>
    /// <exception cref="ArchiveException">It is no zip, or one that is not read.</exception>
    public static async Task<RangedZip> OpenAsync(IRangeSource source, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var (tail, length) = await source.ReadTailAsync(ZipEnd.TailLength, cancellationToken).ConfigureAwait(false);
        var end = ZipEnd.Read(tail, length);
        var start = end.DirectoryOffset - (length - tail.Length);
        if (start >= 0)
        {
            return new RangedZip(source, end, ZipDirectoryReader.ReadWhole(tail.AsSpan((int)start, end.DirectoryLength), end), stopping);
        }

        var zip = new RangedZip(source, end, null, stopping);
        zip.Keep(tail.AsSpan(0, (int)Math.Max(0, start + end.DirectoryLength)));
        return zip;
    }

    /// <summary>Finds a member as far as is known. Asks nobody, allocates nothing.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="entry">The member; null where it is certain that there is none.</param>
    /// <returns>False while nothing is known.</returns>
    public bool TryFind(ReadOnlySpan<byte> name, out ZipEntry? entry)
    {
        entry = null;
        if (_directory is { } directory)
        {
            entry = directory.TryFind(name, out var found) ? found : null;
            return true;
        }

        foreach (var stretch in _stretches)
        {
            if (stretch.TryFind(name, out var found))
            {
                entry = found;
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds a member by its path, whatever it takes.</summary>
    /// <param name="name">The path.</param>
    /// <param name="position">Where in the directory it should stand, from 0 to 1: its rank among all members. Wrong, it only costs time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when there is none: known only with the whole directory.</returns>
    /// <exception cref="ArchiveException">The directory is damaged, or made to do harm.</exception>
    public async ValueTask<ZipEntry?> FindAsync(ReadOnlyMemory<byte> name, double position, CancellationToken cancellationToken)
    {
        if (TryFind(name.Span, out var known))
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!TryFind(name.Span, out known) && _asked++ < MostStretches)
            {
                await ReadStretchAsync(position, cancellationToken).ConfigureAwait(false);
            }

            if (TryFind(name.Span, out known))
            {
                return known;
            }

            await ReadDirectoryAsync(cancellationToken).ConfigureAwait(false);
            return TryFind(name.Span, out known) ? known : null;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads the whole directory, unless that was done.</summary>
    /// <exception cref="ArchiveException">It is damaged, or made to do harm.</exception>
    public async Task<ZipDirectory> LoadDirectoryAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadDirectoryAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads a member into memory, and checks it.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="entry">What was found for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArchiveException">It is damaged, or of a kind that is not read.</exception>
    public Task<byte[]> ReadAsync(ReadOnlyMemory<byte> name, ZipEntry entry, CancellationToken cancellationToken) =>
        MemberReader.ReadAsync(_runs, End.DirectoryOffset, name, entry, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reading.Dispose();
        _runs.Dispose();
    }

    private async Task ReadStretchAsync(double position, CancellationToken cancellationToken)
    {
        var length = Math.Min(StretchLength, End.DirectoryLength);
        var start = Math.Clamp((long)(position * End.DirectoryLength) - (length / 2), 0, End.DirectoryLength - length);
        var bytes = new byte[length];
        await _source.ReadAsync(End.DirectoryOffset + start, bytes, cancellationToken).ConfigureAwait(false);
        Keep(bytes);
    }

    private void Keep(ReadOnlySpan<byte> stretch)
    {
        if (ZipDirectoryReader.TryReadStretch(stretch, End) is { } read)
        {
            _stretches = [.. _stretches, read];
        }
    }

    private async Task<ZipDirectory> ReadDirectoryAsync(CancellationToken cancellationToken)
    {
        if (_directory is { } known)
        {
            return known;
        }

        var bytes = GC.AllocateUninitializedArray<byte>(End.DirectoryLength);
        await _source.ReadAsync(End.DirectoryOffset, bytes, cancellationToken).ConfigureAwait(false);
        var directory = ZipDirectoryReader.ReadWhole(bytes, End);
        _directory = directory;
        _stretches = [];
        return directory;
    }
}
