namespace MimicCxr.Daemon.Requests;

/// <summary>
/// Jobs stand still while readers are served, so that these have line, disk and processor to themselves. What makes a reader
/// beside a job slow is these as often as a place.
/// </summary>
internal sealed class Standstill : IDisposable
{
    /// <summary>
    /// How long after a reader's last request: it has yet to check, keep and hand out what came, and the next file that it wants comes
    /// within milliseconds. A job that ran in every such gap would have all its buffers under way when the next read begins.
    /// </summary>
    public static readonly TimeSpan AfterReaders = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long one step of a job waits before it is made nevertheless: long enough that sixteen transfers with a buffer a step
    /// take 2 MB/s of a line together, short enough that no server gives a connection up (nginx: 60 s).
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _end;
    private TaskCompletionSource? _over; // under _lock: null while jobs may run
    private bool _isEnding; // under _lock: readers are gone, and the timer runs

    public Standstill(TimeProvider time)
    {
        _time = time;
        _end = time.CreateTimer(_ => EndIfStillEnding(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Readers' requests are under way.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _isEnding = false;
            _over ??= NewEnd();
        }
    }

    /// <summary>No reader's request is under way any more.</summary>
    public void EndSoon()
    {
        lock (_lock)
        {
            if (_over is not null && !_isEnding)
            {
                _isEnding = true;
                _end.Change(AfterReaders, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Readers need something that jobs hold, which comes free soonest at full speed.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isEnding = false;
            _over?.SetResult();
            _over = null;
        }
    }

    /// <summary>All who wait make their step, and look again before the next.</summary>
    public void LetOneStep()
    {
        lock (_lock)
        {
            if (_over is not null)
            {
                _over.SetResult();
                _over = NewEnd();
            }
        }
    }

    /// <summary>Waits for the end, or <see cref="LongestWait"/>.</summary>
    /// <returns>Whether there was anything to wait for.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        Task over;
        lock (_lock)
        {
            if (_over is null)
            {
                return false;
            }

            over = _over.Task;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(over, Task.Delay(LongestWait, _time, limit.Token)).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();

    private void EndIfStillEnding()
    {
        lock (_lock)
        {
            if (_isEnding)
            {
                End();
            }
        }
    }

    private static TaskCompletionSource NewEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
