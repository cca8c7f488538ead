using System.Globalization;
using System.Text.RegularExpressions;

namespace MimicCxr.Daemon.Hosting;

/// <summary>Reads amounts with units.</summary>
internal static partial class Quantities
{
    /// <summary>Reads bytes: <c>4GiB</c>, <c>20MB</c>, <c>1500000</c>; KiB, MiB, GiB, TiB and K, M, G, T are powers of 1024, KB, MB, GB, TB of 1000.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        if (Amount().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var unit = match.Groups[2].Value.ToUpperInvariant();
        var power = unit.Length == 0 || unit == "B" ? 0 : "KMGT".IndexOf(unit[0], StringComparison.Ordinal) + 1;
        var known = unit is "" or "B" || (power > 0 && unit[1..] is "" or "B" or "IB");
        var size = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * Math.Pow(unit.Length == 2 && unit[1] == 'B' ? 1000 : 1024, power);
        bytes = size < long.MaxValue ? (long)size : 0;
        return known && bytes > 0;
    }

    /// <summary>Reads a time: <c>60s</c>, <c>500ms</c>, <c>2m</c>, <c>1h</c>.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        time = default;
        if (Amount().Match(text) is not { Success: true } match)
        {
            return false;
        }

        double? seconds = match.Groups[2].Value switch { "ms" => 0.001, "s" or "" => 1, "m" or "min" => 60, "h" => 3600, _ => null };
        var value = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * seconds;
        if (value is not (> 0 and < 1e9))
        {
            return false;
        }

        time = TimeSpan.FromSeconds(value.Value);
        return time > TimeSpan.Zero;
    }

    [GeneratedRegex("""^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]{0,3})\s*$""")]
    private static partial Regex Amount();
}
