namespace MimicCxr.Daemon.Origin;

/// <summary>A request to the origin failed. The message says what happened and what to do, and names no file.</summary>
internal sealed class OriginException : Exception
{
    public OriginException(OriginError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of failure.</summary>
    public OriginError Error { get; }

    /// <summary>How long the origin asked to wait (Retry-After), if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may succeed a little later.</summary>
    public bool IsTransient => Error is OriginError.TooManyRequests or OriginError.ServerFailed or OriginError.Unreachable
        or OriginError.TimedOut or OriginError.BodyCutShort;
}
