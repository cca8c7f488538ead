using System.Diagnostics.Tracing;

namespace MimicCxr.Daemon.Telemetry;

/// <summary>
/// Measures how long the garbage collector stops everybody: from SuspendEEBegin to RestartEEEnd of the runtime's own events
/// (docs.microsoft.com, "Garbage collection ETW events"). One a process, since the pauses are the process's, and never disposed:
/// the runtime can deadlock where one listener is disposed while another one comes or goes (two daemons in one test process did).
/// </summary>
internal sealed class CollectorPauses : EventListener
{
    private const EventKeywords Collector = (EventKeywords)0x1;
    private const int RestartEnd = 3;
    private const int SuspendBegin = 9;

    private long _suspended;
    private long _longest;

    private CollectorPauses()
    {
    }

    /// <summary>Those of this process since it was first asked for.</summary>
    public static CollectorPauses OfThisProcess { get; } = new();

    /// <summary>The longest pause since the start.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Informational, Collector);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // Events come one after the other, from a thread of the runtime's; their own times count, not those of their coming.
        if (eventData.EventId == SuspendBegin)
        {
            _suspended = eventData.TimeStamp.Ticks;
        }
        else if (eventData.EventId == RestartEnd && _suspended != 0)
        {
            var pause = eventData.TimeStamp.Ticks - _suspended;
            _suspended = 0;
            Interlocked.Exchange(ref _longest, Math.Max(_longest, pause));
        }
    }
}
