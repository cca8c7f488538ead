namespace MimicCxr.Daemon.Requests;

/// <summary>
/// The one budget of requests to a server. How many may be under way adapts between 1 and the limit to what the server takes:
/// a refusal, a broken connection or a late answer halves it, each round of successes adds one (as TCP does, RFC 5681). When the
/// server asks for a pause, everybody pauses. Readers go before what is fetched ahead, and that before jobs.
/// </summary>
internal sealed class RequestGate : IDisposable
{
    /// <summary>The longest pause that a server can ask for; a longer one is a mistake, or an outage that is worth a look now and then.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _afterPause;
    private readonly Standstill _jobs;
    private readonly LinkedList<RequestPlace>[] _waiting = [new(), new(), new()]; // under _lock, by priority
    private readonly HashSet<RequestPlace> _inside = []; // under _lock
    private double _allowed; // under _lock
    private int _round; // under _lock: the number of times that the server was too busy
    private long _pausedAt; // under _lock
    private TimeSpan _pause; // under _lock: zero when there is none
    private UsualLatency _latency; // under _lock
    private UsualLatency _latencyOfBodies; // under _lock

    public RequestGate(int limit, TimeProvider time)
    {
        _time = time;
        _allowed = Limit = limit;
        _jobs = new Standstill(time);
        _afterPause = time.CreateTimer(_ => Serve(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The most that may be under way.</summary>
    public int Limit { get; }

    /// <summary>How many may be under way at this moment.</summary>
    public int Allowed => (int)Volatile.Read(ref _allowed);

    /// <summary>How much longer the server wants no requests; zero when it takes them.</summary>
    public TimeSpan PausedFor
    {
        get
        {
            lock (_lock)
            {
                return Remaining();
            }
        }
    }

    /// <summary>Requests of this priority that could be made now without holding up another.</summary>
    public int Idle(RequestPriority priority)
    {
        lock (_lock)
        {
            return _waiting.Take((int)priority + 1).All(queue => queue.Count == 0) ? Free(priority) : 0;
        }
    }

    /// <summary>Waits for a place; disposing it gives it back.</summary>
    /// <param name="priority">Who waits.</param>
    /// <param name="urgent">Completes when a reader waits after all; null for never.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    public async ValueTask<RequestPlace> EnterAsync(RequestPriority priority, Task? urgent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var place = new RequestPlace(this, urgent?.IsCompleted == true ? RequestPriority.Interactive : priority);
        lock (_lock)
        {
            place.Turn = _waiting[(int)place.Priority].AddLast(place);
            ServeWaiting();
        }

        if (place.Priority != RequestPriority.Interactive && urgent is not null)
        {
            _ = urgent.ContinueWith(_ => Raise(place), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        if (!place.Entered.IsCompleted)
        {
            using var registration = cancellationToken.Register(() => GiveUp(place, cancellationToken));
            await place.Entered.ConfigureAwait(false);
        }

        return place;
    }

    /// <summary>
    /// A job's next step waits here while readers' requests are under way, and a moment longer. Not while readers wait for places:
    /// those of jobs are needed then, and they come free soonest at full speed.
    /// </summary>
    /// <returns>Whether it had to wait; never longer than <see cref="Standstill.LongestWait"/>.</returns>
    public Task<bool> YieldAsync(CancellationToken cancellationToken) => _jobs.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _afterPause.Dispose();
        _jobs.Dispose();
    }

    /// <summary>The server took a request.</summary>
    internal void Succeeded(RequestPlace place)
    {
        lock (_lock)
        {
            if (place.Round == _round)
            {
                _allowed = Math.Min(Limit, _allowed + (1 / _allowed));
                ServeWaiting();
            }
        }
    }

    /// <summary>The server began to answer this long after it was asked. To keep a body takes it longer than to answer a question.</summary>
    internal void Answered(RequestPlace place, TimeSpan after, bool hadBody)
    {
        lock (_lock)
        {
            if (hadBody ? _latencyOfBodies.IsLate(after) : _latency.IsLate(after))
            {
                Shrink(place);
            }
        }
    }

    /// <summary>The server was too busy for a request, and may have said how long it wants none.</summary>
    internal void Refused(RequestPlace place, TimeSpan? pause)
    {
        lock (_lock)
        {
            Shrink(place);
            if (pause is { } asked && asked > Remaining())
            {
                _pausedAt = _time.GetTimestamp();
                _pause = asked < LongestPause ? asked : LongestPause;
                _afterPause.Change(_pause, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>A request is over.</summary>
    internal void Leave(RequestPlace place)
    {
        lock (_lock)
        {
            _inside.Remove(place);
            ServeWaiting();
        }
    }

    /// <summary>The one who asked cannot take the bytes at the moment, or can again.</summary>
    internal void HoldUp(RequestPlace place, bool isHeldUp)
    {
        lock (_lock)
        {
            place.IsHeldUp = isHeldUp;
            ServeWaiting();
        }
    }

    /// <summary>At most once for all requests that were under way together: what they met is one and the same.</summary>
    private void Shrink(RequestPlace place)
    {
        if (place.Round == _round)
        {
            _round++;
            _allowed = Math.Max(1, _allowed / 2);
        }
    }

    private void Raise(RequestPlace place)
    {
        lock (_lock)
        {
            if (place.Turn is { List: not null } turn)
            {
                turn.List.Remove(turn);
                _waiting[(int)RequestPriority.Interactive].AddLast(turn);
            }

            place.Priority = RequestPriority.Interactive;
            // It may stand still itself.
            _jobs.LetOneStep();
            ServeWaiting();
        }
    }

    private void GiveUp(RequestPlace place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Not in a list any more: the place was given, and its owner gives it back.
            if (place.Turn is not { List: { } queue } turn)
            {
                return;
            }

            queue.Remove(turn);
            place.Cancel(cancellationToken);
            ServeWaiting();
        }
    }

    private void Serve()
    {
        lock (_lock)
        {
            // A timer and the clock need not agree to the millisecond.
            if (Remaining() is var left && left > TimeSpan.Zero)
            {
                _afterPause.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }

            ServeWaiting();
        }
    }

    private void ServeWaiting()
    {
        // Nobody overtakes who comes before: where a reader finds no place, a job finds none.
        while (Array.Find(_waiting, queue => queue.Count > 0)?.First is { } turn && Free(turn.Value.Priority) > 0)
        {
            var place = turn.Value;
            turn.List!.Remove(turn);
            _inside.Add(place);
            place.Enter(_round);
        }

        HaltJobsOrLetThemRun();
    }

    private void HaltJobsOrLetThemRun()
    {
        var (readers, heldUp) = Readers();
        if (_waiting[(int)RequestPriority.Interactive].Count > 0 || (readers > 0 && readers == heldUp))
        {
            _jobs.End();
        }
        else if (readers > 0)
        {
            _jobs.Begin();
        }
        else
        {
            _jobs.EndSoon();
        }
    }

    /// <summary>
    /// Places left. Where jobs hold some, readers have half as many on top, which the jobs give back: none of theirs begins
    /// until all together are within the limit again. As many on top instead of half would make a read of 1.5 MB beside a job as fast
    /// as alone on a slow line (bench/compare beside), at the price of twice the connections that the user allowed.
    /// </summary>
    private int Free(RequestPriority priority)
    {
        if (Remaining() > TimeSpan.Zero)
        {
            return 0;
        }

        var allowed = (int)_allowed;
        var free = allowed - _inside.Count;
        if (priority == RequestPriority.Interactive)
        {
            free = Math.Min(allowed - Readers().All, free + (allowed / 2));
        }

        return Math.Max(0, free);
    }

    /// <summary>How many requests of readers are under way, and how many of these are held up.</summary>
    private (int All, int HeldUp) Readers()
    {
        // By hand: several times a request.
        var (all, heldUp) = (0, 0);
        foreach (var place in _inside)
        {
            if (place.Priority == RequestPriority.Interactive)
            {
                all++;
                heldUp += place.IsHeldUp ? 1 : 0;
            }
        }

        return (all, heldUp);
    }

    private TimeSpan Remaining()
    {
        if (_pause == TimeSpan.Zero || _time.GetElapsedTime(_pausedAt) is var elapsed && elapsed >= _pause)
        {
            return _pause = TimeSpan.Zero;
        }

        return _pause - elapsed;
    }
}
