using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// Tells one file's failure from an origin or store that is away, by asking those themselves, and lets a job wait until
/// they are back. However many files fail at once, one asks.
/// </summary>
/// <param name="probe">Returns when origin or store answer; throws when they do not.</param>
/// <param name="writeTrouble">Why the store takes nothing, though it may well answer; null while it does.</param>
/// <param name="time">The clock.</param>
internal sealed class Outage(Func<FailureKind, CancellationToken, Task> probe, Func<WriteTrouble?> writeTrouble, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Nobody can be asked whether there is room, here or in the store: a file is tried again after this.</summary>
    private static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Task<bool>? _asking; // under _lock
    private volatile JobWaiting? _current;

    /// <summary>What is waited for, if something is away; uploads that stand still are, before the first of them fails.</summary>
    public JobWaiting? Current => _current ?? (writeTrouble() is { } trouble ? new JobWaiting(FailureKind.Store, trouble.Reason, trouble.Since) : null);

    /// <summary>Completes when nothing is known to be away.</summary>
    public async Task WhenOverAsync(CancellationToken cancellationToken)
    {
        Task<bool>? asking;
        lock (_lock)
        {
            asking = _current is null ? null : _asking;
        }

        if (asking is not null)
        {
            await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A file failed: waits until what is suspected answers.</summary>
    /// <param name="suspect">Origin, store or room.</param>
    /// <param name="reason">How the file failed; names no file.</param>
    /// <param name="cancellationToken">The job's end; the same for all who call.</param>
    /// <returns>False when it answered at once, so the failure was the file's own.</returns>
    /// <exception cref="Exception">What ends the job.</exception>
    public Task<bool> WaitAsync(FailureKind suspect, string reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _asking ??= Task.Run(() => AskAsync(suspect, reason, cancellationToken), cancellationToken);
        }
    }

    private async Task<bool> AskAsync(FailureKind suspect, string reason, CancellationToken cancellationToken)
    {
        try
        {
            var pause = FirstPause;
            while (suspect != FailureKind.NoRoom && await FailureAsync(suspect, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                _current = new JobWaiting(suspect, failure.Message, _current?.Since ?? time.GetUtcNow());
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            var trouble = suspect == FailureKind.Store && _current is null ? writeTrouble() : null;
            if (suspect == FailureKind.NoRoom || trouble is not null)
            {
                _current = new JobWaiting(suspect, reason, trouble?.Since ?? time.GetUtcNow());
                await Task.Delay(RoomPause, time, cancellationToken).ConfigureAwait(false);
            }

            return _current is not null;
        }
        finally
        {
            lock (_lock)
            {
                _asking = null;
                _current = null;
            }
        }
    }

    private async Task<Exception?> FailureAsync(FailureKind suspect, CancellationToken cancellationToken)
    {
        try
        {
            await probe(suspect, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (Verdict.Of(e) is { EndsJob: false, Suspect: not null })
        {
            return e;
        }
        catch (Exception e) when (Verdict.Of(e).Kind == FailureKind.NotFound)
        {
            // It answered, and that is all that was asked.
            return null;
        }
    }
}
