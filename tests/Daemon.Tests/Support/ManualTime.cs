namespace MimicCxr.Daemon.Tests.Support;

/// <summary>Time that passes when a test says so, and tells which timers wait.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = []; // under _lock
    private readonly List<(Func<TimeSpan, bool> Wanted, TaskCompletionSource Seen)> _watchers = []; // under _lock
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero); // under _lock

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when a timer waits that is due after a wanted time from now.</summary>
    public Task WhenWaitingAsync(Func<TimeSpan, bool> wanted)
    {
        lock (_lock)
        {
            if (_timers.Any(timer => timer.DueAt is { } due && wanted(due - _now)))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wanted, seen));
            return seen.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Lets time pass; timers that are due fire, on this thread.</summary>
    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.DueAt <= _now)];
            due.ForEach(timer => timer.DueAt = timer.Period > TimeSpan.Zero ? _now + timer.Period : null);
        }

        due.ForEach(timer => timer.Fire());
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public DateTimeOffset? DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                DueAt = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                Period = period;
                foreach (var watcher in time._watchers.Where(watcher => DueAt is not null && watcher.Wanted(dueTime)))
                {
                    watcher.Seen.TrySetResult();
                }

                time._watchers.RemoveAll(watcher => watcher.Seen.Task.IsCompleted);
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                DueAt = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
