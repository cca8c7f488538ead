namespace MimicCxr.Daemon.Origin;

/// <summary>What was asked of the origin since the start. Fields, for <see cref="Interlocked"/>.</summary>
internal sealed class OriginCounters
{
    /// <summary>Requests sent, those of the login included.</summary>
    public long Requests;

    /// <summary>Bytes of bodies received.</summary>
    public long Bytes;

    /// <summary>Requests that failed.</summary>
    public long Errors;

    /// <summary>Requests that carried the password.</summary>
    public long Logins;
}
