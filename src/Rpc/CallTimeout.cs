using System.Globalization;

namespace MimicCxr.Rpc;

/// <summary>The value of grpc-timeout: at most eight digits and a unit (H, M, S, m, u, n).</summary>
internal static class CallTimeout
{
    /// <summary>What timers take at most (about 49 days, see <see cref="CancellationTokenSource"/>); more is as good as never.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private const long MaxDigits = 99_999_999;

    public static string Encode(TimeSpan timeout)
    {
        // Rounded up, so that the server never gives up before the client does.
        var microseconds = Math.Max(1, (timeout.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond);
        var (value, unit) = microseconds switch
        {
            <= MaxDigits => (microseconds, 'u'),
            <= MaxDigits * 1_000 => (DivideUp(microseconds, 1_000), 'm'),
            <= MaxDigits * 1_000_000 => (DivideUp(microseconds, 1_000_000), 'S'),
            _ => (DivideUp(microseconds, 3_600_000_000), 'H'),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
    }

    public static bool TryParse(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        long? ticks = text[^1] switch
        {
            'H' => value * TimeSpan.TicksPerHour,
            'M' => value * TimeSpan.TicksPerMinute,
            'S' => value * TimeSpan.TicksPerSecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            'n' => value / TimeSpan.NanosecondsPerTick,
            _ => null,
        };
        timeout = new TimeSpan(Math.Min(ticks ?? 0, Longest.Ticks));
        return ticks is not null;
    }

    private static long DivideUp(long value, long by) => (value + by - 1) / by;
}
