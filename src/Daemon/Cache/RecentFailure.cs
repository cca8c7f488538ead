using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Why something failed a moment ago. For a while that answers everybody who asks for it: the kernel asks again page by page what it could
/// not read at once, and each time would be another attempt.
/// </summary>
/// <param name="reason">What the attempt ended with.</param>
/// <param name="time">The clock.</param>
internal sealed class RecentFailure(Exception reason, TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly long _at = time.GetTimestamp();

    /// <summary>What the attempt ended with.</summary>
    public Exception Reason => reason;

    /// <summary>What the log says of it: of what nobody expected, also where it came from.</summary>
    public string LogText => reason is OriginException or CacheException or StoreException ? reason.Message : reason.ToString();

    /// <summary>Whether it is too early to try again.</summary>
    public bool IsRecent => time.GetElapsedTime(_at) < Memory;
}
