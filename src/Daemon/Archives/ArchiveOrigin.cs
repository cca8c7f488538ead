using System.Text;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// A data set that is published as one zip, as an origin: a member is a file, fetched by Range, unpacked as it arrives and held against
/// length and CRC-32 of the zip's directory. One file more, the list, tells these of all members. Everything is of the one edition that
/// the data set was imported from (<see cref="OriginError.AnotherEdition"/>).
/// </summary>
/// <param name="place">Which archive, and which data set it is.</param>
/// <param name="source">Where the archive is.</param>
/// <param name="imported">The checksum of the list that the data set was imported from; empty while it was not.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names no file.</param>
internal sealed class ArchiveOrigin(
    ArchivePlace place, IOrigin source, Func<ReadOnlyMemory<byte>> imported, TimeProvider time, ILogger logger) : IOrigin, IDisposable
{
    /// <summary>Fetches of a file that came damaged, or whose archive was replaced meanwhile.</summary>
    private const int Attempts = 3;

    /// <summary>Bytes that are to be unpacked: 16 images. Readers and jobs have memory of their own, so that no reader waits behind jobs.</summary>
    private const long MemoryLimit = 40 << 20;

    private readonly MoveMemory _forReaders = new(MemoryLimit);
    private readonly MoveMemory _forJobs = new(MemoryLimit);
    private readonly SemaphoreSlim _opening = new(1);
    private volatile ArchiveContents? _contents;
    private RecentFailure? _otherEdition; // while _opening is held

    /// <inheritdoc/>
    public string Url => source.Url;

    /// <inheritdoc/>
    public Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        FetchRangeAsync(path, FileRange.Whole, null, sink, priority, cancellationToken);

    /// <inheritdoc/>
    public async Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        var name = NameOf(path);
        FileVersion? begun = null;
        for (var attempt = 1; ; attempt++)
        {
            var contents = await OpenAsync(cancellationToken).ConfigureAwait(false);
            var (entry, version) = Find(contents, name);
            if ((begun ?? expected)?.DiffersFrom(version) == true)
            {
                throw new OriginException(OriginError.Changed, "The archive was replaced while a file was fetched. Fetch it again.");
            }

            if (begun is null)
            {
                await sink.BeginAsync(version.Length, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                sink.Restart();
            }

            begun = version;
            try
            {
                await DeliverAsync(contents, name, entry, range, sink, priority, cancellationToken).ConfigureAwait(false);
                return version;
            }
            catch (OriginException e) when (e.Error == OriginError.Changed && attempt < Attempts)
            {
                Forget(contents);
            }
            catch (ArchiveException e)
            {
                logger.LogWarning("A file of the archive came damaged: {Reason}", e.Message);
                if (attempt == Attempts)
                {
                    throw new OriginException(OriginError.Damaged, $"{e.Message} So it came {Attempts} times from {Url}.", e);
                }
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>That of the list by asking the archive itself: so jobs find out whether it can be had.</remarks>
    public async Task<long> GetLengthAsync(string path, CancellationToken cancellationToken)
    {
        var name = NameOf(path);
        if (name == place.List)
        {
            await source.FetchTailAsync(place.Path, 1, RequestPriority.Interactive, cancellationToken).ConfigureAwait(false);
        }

        return Find(await OpenAsync(cancellationToken).ConfigureAwait(false), name).Version.Length;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        var folder = path == place.DataSet ? "" : NameOf(path) + "/";
        return (await OpenAsync(cancellationToken).ConfigureAwait(false)).FilesIn(folder);
    }

    /// <inheritdoc/>
    public Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Ends of files are asked for of archives, and there is none in this one.");

    /// <inheritdoc/>
    public Task YieldToReadersAsync(CancellationToken cancellationToken) => source.YieldToReadersAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _opening.Dispose();

    private (ZipEntry Entry, FileVersion Version) Find(ArchiveContents contents, string name)
    {
        if (name == place.List)
        {
            return (default, new FileVersion(contents.List.Length, $"\"{Convert.ToHexStringLower(contents.Sha256)}\""));
        }

        return contents.TryFind(Encoding.UTF8.GetBytes(name), out var entry)
            ? (entry, new FileVersion(entry.Length, $"\"{entry.Crc32:x8}-{entry.Length:x}\""))
            : throw new OriginException(OriginError.NotFound, $"The archive of {place.DataSet} has no such file.");
    }

    private async Task DeliverAsync(
        ArchiveContents contents, string name, ZipEntry entry, FileRange range, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        if (name == place.List)
        {
            var list = contents.List.AsSpan();
            sink.Write(range.Offset, list.Slice((int)Math.Min(range.Offset, list.Length), (int)range.CountIn(list.Length)));
            return;
        }

        if (range.CountIn(entry.Length) == 0)
        {
            return;
        }

        var member = Encoding.UTF8.GetBytes(name);
        var memory = priority == RequestPriority.Bulk ? _forJobs : _forReaders;
        var packed = new ArchiveSections(source, place.Path, contents.Version, memory, priority, sink.Urgent)
        {
            Position = entry.Offset,
            End = contents.EndOf(member, entry),
        };
        await using (packed.ConfigureAwait(false))
        {
            await MemberFetch.RunAsync(packed, member, entry, range, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private string NameOf(string path) => path[(place.DataSet.Length + 1)..];

    /// <summary>What the archive holds: as an earlier run kept it, else read anew.</summary>
    /// <exception cref="OriginException">It cannot be had, or is another edition.</exception>
    private async ValueTask<ArchiveContents> OpenAsync(CancellationToken cancellationToken)
    {
        if (_contents is { } known && IsImported(known))
        {
            return known;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_contents is { } opened && IsImported(opened))
            {
                return opened;
            }

            if (_otherEdition is { IsRecent: true } failure)
            {
                throw failure.Reason;
            }

            var contents = ArchiveContents.TryReadKept(place.Kept) is { } kept && IsImported(kept) ? kept : await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!IsImported(contents))
            {
                var other = new OriginException(
                    OriginError.AnotherEdition,
                    $"The archive at {Url} is another edition of {place.DataSet} than the one that is cached: it has other files, lengths or checksums. "
                    + "Nothing of it is mixed in. Name the archive as before, or give this one a state directory and a store of its own.");
                _otherEdition = new RecentFailure(other, time);
                throw other;
            }

            _contents = contents;
            return contents;
        }
        finally
        {
            _opening.Release();
        }
    }

    private bool IsImported(ArchiveContents contents) => imported() is var list && (list.IsEmpty || list.Span.SequenceEqual(contents.Sha256));

    private async Task<ArchiveContents> ReadAsync(CancellationToken cancellationToken)
    {
        ArchiveContents contents;
        try
        {
            contents = await ArchiveContents.ReadAsync(source, place.Path, cancellationToken).ConfigureAwait(false);
        }
        catch (ArchiveException e)
        {
            throw new OriginException(OriginError.BadAnswer, $"{e.Message} That is what {Url} has for {place.DataSet}.", e);
        }

        try
        {
            contents.Keep(place.Kept);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The directory of the archive could not be kept and will be read again by the next run: {Reason}", e.Message);
        }

        return contents;
    }

    /// <summary>The archive has another version by now, with the same members perhaps.</summary>
    private void Forget(ArchiveContents contents)
    {
        if (Interlocked.CompareExchange(ref _contents, null, contents) == contents)
        {
            OpenedArchive.Forget(place.Kept);
        }
    }
}
