namespace MimicCxr.Daemon.Origin;

/// <summary>
/// How fast one connection to the origin is. PhysioNet gives each about 700 KB/s whatever the line (mimic-code issues 1730,
/// 1797); where that is so, a file comes faster over several.
/// </summary>
internal sealed class ConnectionPace(TimeProvider time)
{
    /// <summary>Bytes a second below which a second connection is worth its round trip; PhysioNet's pace, with room for noise.</summary>
    private const double Slow = 1e6;

    /// <summary>Shorter stretches tell more of latency and buffers than of pace.</summary>
    private const long SmallestSample = 128 * 1024;

    private const double WeightOfNew = 0.5;

    /// <summary>Fast until a few samples in a row say otherwise: one hiccup is no pace.</summary>
    private double _bytesPerSecond = 10 * Slow;

    /// <summary>Whether connections have been slow lately.</summary>
    public bool IsSlow => Volatile.Read(ref _bytesPerSecond) < Slow;

    /// <summary>Whether this much since a moment is slow; false while it is too little to tell.</summary>
    public bool WasSlow(long bytes, long since) =>
        bytes >= SmallestSample && time.GetElapsedTime(since) is { TotalMilliseconds: > 500 } elapsed && bytes / elapsed.TotalSeconds < Slow;

    /// <summary>A connection delivered this much since a moment.</summary>
    public void Observe(long bytes, long since)
    {
        if (bytes < SmallestSample)
        {
            return;
        }

        var pace = bytes / Math.Max(1e-6, time.GetElapsedTime(since).TotalSeconds);
        var before = Volatile.Read(ref _bytesPerSecond);
        // Concurrent observations may displace each other: it is an average either way.
        Volatile.Write(ref _bytesPerSecond, before + (WeightOfNew * (Math.Min(pace, 10 * Slow) - before)));
    }
}
