using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin;

/// <summary>How many requests an origin gets, and how patient they are.</summary>
internal abstract record OriginOptions
{
    /// <summary>Requests at a time; readers that meet a job get half as many on top (<see cref="RequestGate"/>).</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>How long headers, or the next bytes of a body, may take.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a failed request is tried again.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>The first pause; each further one is about twice as long, up to <see cref="LongestRetryDelay"/>.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause of our own; a Retry-After may be longer, up to <see cref="RequestGate.LongestPause"/>.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(10);
}
