using System.Globalization;
using System.Net.Http.Headers;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>The part of a file that an answer holds.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>
    /// Reads a Range header (RFC 9110, 14.2). Several ranges, other units and nonsense are ignored: the whole file is
    /// the answer.
    /// </summary>
    /// <param name="header">The header, or null.</param>
    /// <param name="size">Size of the file.</param>
    /// <param name="range">The part, or the whole file.</param>
    /// <returns>200, 206, or 416 when no byte of the range exists.</returns>
    public static int Resolve(string? header, long size, out ByteRange range)
    {
        range = new ByteRange(0, size);
        if (header is null || !RangeHeaderValue.TryParse(header, out var parsed)
            || parsed is not { Unit: "bytes", Ranges.Count: 1 })
        {
            return 200;
        }

        var item = parsed.Ranges.Single();
        var (from, to) = item.From is { } first
            ? (first, Math.Min(item.To ?? long.MaxValue, size - 1))
            : (Math.Max(0, size - item.To!.Value), size - 1);
        if (from > to)
        {
            return 416;
        }

        range = new ByteRange(from, to - from + 1);
        return 206;
    }

    /// <summary>The Content-Range header of this part.</summary>
    public string ToContentRange(long size) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {Offset}-{Offset + Length - 1}/{size}");
}
