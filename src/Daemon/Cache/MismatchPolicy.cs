namespace MimicCxr.Daemon.Cache;

/// <summary>What to do when the origin repeats bytes that its own checksum list denies (mimic-code issue 1763).</summary>
internal enum MismatchPolicy
{
    /// <summary>Accept them, marked and counted.</summary>
    AcceptRepeatable,

    /// <summary>Refuse them.</summary>
    Error,
}
