using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// The archive of reports of one data set. Opened when first wanted, and again when the origin has another one; its directory is kept
/// on the disk once it was read whole, so that later runs begin with it.
/// </summary>
/// <param name="forms">The archive.</param>
/// <param name="kept">The file that keeps the directory.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what failed.</param>
/// <param name="stopping">Ends requests that nobody may wait for any more.</param>
internal sealed class ReportArchive(ArchiveForms forms, string kept, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    /// <summary>So many reads all over the archive promise more; what they took is a thirtieth of the whole.</summary>
    private const int ScatteredBeforeWhole = 32;

    private readonly Lock _lock = new();
    private volatile OpenedArchive? _opened; // changed under _lock
    private Task<OpenedArchive>? _opening; // under _lock; the last attempt
    private RecentFailure? _failure; // under _lock; of the last attempt
    private volatile bool _isRefused; // changed under _lock
    private volatile int _generation; // changed under _lock
    private bool _hasAsked; // by the one attempt under way

    /// <summary>All members came (<see cref="IsRefused"/>), went, or are another archive's (<see cref="Generation"/>).</summary>
    public event Action? Changed;

    /// <summary>Of every member it is known from now on whether it is there.</summary>
    public event Action? Known;

    /// <summary>Whether members can be asked for at once.</summary>
    public bool IsOpen => _opened is not null;

    /// <summary>Whether this account gets none, there are none, or the spool is too small for them.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Whether the origin said that there is none.</summary>
    public bool IsMissing => Failure is OriginException { Error: OriginError.NotFound };

    /// <summary>Counts the archives that the origin had in this run: what was known of an earlier one holds no more.</summary>
    public int Generation => _generation;

    /// <summary>Why it could not be opened; null while that is not known, or it is open.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure?.Reason;
            }
        }
    }

    private string KeptRefusalPath => kept + ".refused";

    /// <summary>Opens the archive, unless that was done. Asks, whatever became of earlier attempts.</summary>
    /// <exception cref="OriginException">The account may not read it, it is not there, or the origin is not.</exception>
    /// <exception cref="ArchiveException">It is no archive that can be read.</exception>
    public Task OpenAsync() => Require(evenAfterFailure: true);

    /// <summary>What is known of a member without asking anybody.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="entry">The member; null where it is certain that there is none.</param>
    /// <returns>False while nothing is known.</returns>
    public bool TryFind(ReadOnlySpan<byte> name, out ZipEntry? entry)
    {
        entry = null;
        return _opened?.Zip is { } zip && zip.TryFind(name, out entry);
    }

    /// <summary>The bytes of a member, if they are in memory.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="generation">The archive that it is wanted of.</param>
    public byte[]? Find(ReadOnlySpan<byte> name, int generation) =>
        _opened is { } opened && opened.Generation == generation && opened.Zip is { } zip && zip.TryFind(name, out var entry) && entry is { } found
            ? opened.Texts.Find(found.Offset)
            : null;

    /// <summary>The length of a member in bytes.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="position">Its rank among all members, from 0 to 1.</param>
    /// <param name="generation">The archive that it is wanted of.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="OriginException">The origin failed, or has another archive.</exception>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    public Task<long?> GetLengthAsync(ReadOnlyMemory<byte> name, double position, int generation, CancellationToken cancellationToken) =>
        UseAsync(
            generation,
            async (_, zip) => (await zip.FindAsync(name, position, cancellationToken).ConfigureAwait(false))?.Length,
            cancellationToken);

    /// <summary>Brings the bytes of a member into memory, checked: <see cref="Find"/> has them then, for a while.</summary>
    /// <param name="name">Its path.</param>
    /// <param name="position">Its rank among all members, from 0 to 1.</param>
    /// <param name="generation">The archive that it is wanted of.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="OriginException">The origin failed, or has another archive.</exception>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    public Task<bool> FetchAsync(ReadOnlyMemory<byte> name, double position, int generation, CancellationToken cancellationToken) =>
        UseAsync(
            generation,
            async (opened, zip) =>
            {
                if (await zip.FindAsync(name, position, cancellationToken).ConfigureAwait(false) is not { } entry)
                {
                    return false;
                }

                opened.Texts.Add(entry.Offset, await zip.ReadAsync(name, entry, cancellationToken).ConfigureAwait(false));
                if (zip.ScatteredReads > ScatteredBeforeWhole)
                {
                    _ = FetchWholeAsync(opened.Source);
                }

                return true;
            },
            cancellationToken);

    private static bool IsRefusal(Exception e) => e is OriginException
    {
        Error: OriginError.NotSignedIn or OriginError.AgreementNotSigned or OriginError.AgentRefused or OriginError.BucketRefused or OriginError.NotFound,
    }
    or CacheException { Error: CacheError.NoRoom };

    private static bool IsOfArchive(Exception e) => e is OriginException or ArchiveException or CacheException or StoreException;

    private async Task<T> UseAsync<T>(int generation, Func<OpenedArchive, RangedZip, Task<T>> use, CancellationToken cancellationToken)
    {
        var opened = await Require(evenAfterFailure: false).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (opened.Generation != generation)
        {
            throw new OriginException(OriginError.Changed, "The origin has another archive of reports by now. Open the file again.");
        }

        try
        {
            var zip = await opened.BeginAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            var answer = await use(opened, zip).ConfigureAwait(false);
            if (opened.TryKeep(kept, logger))
            {
                Known?.Invoke();
            }

            return answer;
        }
        catch (Exception e) when (IsOfArchive(e))
        {
            logger.LogWarning("A report could not be read: {Reason}", e.Message);
            if (opened.Zip is null || e is CacheException { Error: CacheError.NoRoom })
            {
                Fail(e, opened);
            }
            else if (e is OriginException { Error: OriginError.Changed })
            {
                Replace(opened);
            }
            else if (e is ArchiveException)
            {
                // Should it be the directory that is wrong, the next run reads it anew.
                OpenedArchive.Forget(kept);
            }

            throw;
        }
    }

    /// <summary>The one opening that all who ask wait for; whoever leaves does not end it.</summary>
    private Task<OpenedArchive> Require(bool evenAfterFailure)
    {
        lock (_lock)
        {
            if (_opened is { } known)
            {
                return Task.FromResult(known);
            }

            if (_opening is { IsCompleted: false } running)
            {
                return running;
            }

            if (!evenAfterFailure && _failure is { IsRecent: true } failure)
            {
                return Task.FromException<OpenedArchive>(failure.Reason);
            }

            return _opening = Task.Run(BeginAsync, stopping);
        }
    }

    private async Task<OpenedArchive> BeginAsync()
    {
        try
        {
            if (!_hasAsked)
            {
                _hasAsked = true;
                if (KeptRefusal.TryRead(KeptRefusalPath, time.GetUtcNow()) is { } refusal)
                {
                    throw refusal;
                }
            }

            var opened = await OpenedArchive.OpenAsync(_generation, forms, kept, stopping).ConfigureAwait(false);
            var isKnown = opened.TryKeep(kept, logger);
            bool hasCome;
            lock (_lock)
            {
                (hasCome, _isRefused) = (_isRefused, false);
                (_opened, _failure) = (opened, null);
            }

            if (hasCome)
            {
                Changed?.Invoke();
            }
            else if (isKnown)
            {
                Known?.Invoke();
            }

            return opened;
        }
        catch (Exception e) when (IsOfArchive(e))
        {
            logger.LogWarning("The archive of reports could not be opened: {Reason}", e.Message);
            Fail(e, null);
            throw;
        }
    }

    /// <summary>The archive cannot be had, or not read, as it turned out when it was opened.</summary>
    private void Fail(Exception e, OpenedArchive? opened)
    {
        bool hasGone;
        lock (_lock)
        {
            if (_opened != opened)
            {
                return;
            }

            (hasGone, _isRefused) = (!_isRefused && IsRefusal(e), _isRefused || IsRefusal(e));
            (_opened, _failure) = (null, new RecentFailure(e, time));
        }

        if (e is OriginException refusal && IsRefusal(e))
        {
            KeptRefusal.Write(KeptRefusalPath, refusal, time.GetUtcNow());
        }

        if (hasGone)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>The origin has another archive by now.</summary>
    private void Replace(OpenedArchive old)
    {
        lock (_lock)
        {
            if (_opened != old)
            {
                return;
            }

            _generation++;
            _opened = null;
        }

        OpenedArchive.Forget(kept);
        Changed?.Invoke();
    }

    private async Task FetchWholeAsync(IArchiveSource source)
    {
        try
        {
            await source.FetchWholeAsync(stopping).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Nobody awaits this, and all goes on without.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogWarning("The archive of reports is read on in parts, since it cannot be had whole: {Reason}", e.Message);
        }
    }
}
