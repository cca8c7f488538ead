using System.Text.RegularExpressions;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Patients, studies and images must never be named in a log (PhysioNet's terms).</summary>
internal static partial class Identifiers
{
    /// <summary>The lines that name one.</summary>
    public static IReadOnlyList<string> FindIn(IEnumerable<string> lines) => [.. lines.Where(line => Pattern.IsMatch(line))];

    [GeneratedRegex("p1[0-9]{7}|s5[0-9]{7}|[0-9a-f]{8}-[0-9a-f]{8}|_IM-[0-9]{4}")]
    private static partial Regex Pattern { get; }
}
