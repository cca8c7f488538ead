using System.Collections.Concurrent;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>Timers that fire when a test says so.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly ConcurrentQueue<ManualTimer> _timers = new();

    /// <summary>Timers that were made and not disposed.</summary>
    public int Armed => _timers.Count(timer => !timer.IsDisposed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(() => callback(state), dueTime);
        _timers.Enqueue(timer);
        return timer;
    }

    public void FireAll() => FireAll(TimeSpan.MaxValue);

    /// <summary>Fires what is due after at most a while.</summary>
    public void FireAll(TimeSpan after)
    {
        foreach (var timer in _timers)
        {
            if (timer.DueTime <= after)
            {
                timer.Fire();
            }
        }
    }

    private sealed class ManualTimer(Action callback, TimeSpan dueTime) : ITimer
    {
        public TimeSpan DueTime => dueTime;

        public bool IsDisposed { get; private set; }

        public void Fire()
        {
            if (!IsDisposed)
            {
                callback();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
