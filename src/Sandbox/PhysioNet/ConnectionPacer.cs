using System.Diagnostics;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Keeps one connection to a number of bytes a second, over all its requests.</summary>
internal sealed class ConnectionPacer
{
    /// <summary>When the bytes let through so far have had their time. One request at a time uses a connection.</summary>
    private long _paidUntil;

    /// <summary>Bytes that go at once at a limit: about 50 ms of it.</summary>
    public static int Portion(long bytesPerSecond) => (int)Math.Clamp(bytesPerSecond / 20, 256, 256 * 1024);

    /// <summary>Waits until so many bytes may go.</summary>
    public async ValueTask PassAsync(int bytes, long bytesPerSecond, CancellationToken cancellationToken)
    {
        var now = Stopwatch.GetTimestamp();
        _paidUntil = Math.Max(_paidUntil, now) + (bytes * Stopwatch.Frequency / bytesPerSecond);
        await Task.Delay(Stopwatch.GetElapsedTime(now, _paidUntil), cancellationToken).ConfigureAwait(false);
    }
}
