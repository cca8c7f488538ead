using System.Globalization;

namespace MimicCxr.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Quantity
{
    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Bytes in the unit that leaves one to four digits: 0 B, 1.5 MiB, 12.0 GiB.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < ByteUnits.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes.ToString(unit == 0 ? "F0" : "F1", CultureInfo.InvariantCulture)} {ByteUnits[unit]}");
    }

    /// <summary>A count with its thousands set apart: 377,110.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count and its word: 1 file, 2 files.</summary>
    public static string Count(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";

    /// <summary>A span in its two largest units: 0.4 ms, 64 ms, 2.3 s, 3 min 20 s, 2 h 5 min, 3 d 4 h.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { Ticks: 0 } => "0 s",
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.#} ms"),
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:F0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s"),
        { TotalMinutes: < 60 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalHours: < 24 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} d {span.Hours} h",
    };
}
