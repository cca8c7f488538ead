using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>A verification in words.</summary>
internal static class VerifyText
{
    /// <summary>Whether nothing is missing or damaged any more, and everything could be read.</summary>
    public static bool IsRight(VerifyReport report) =>
        report.Missing + report.Damaged + report.DamagedInSpool + report.Unreadable - report.Repaired <= 0;

    /// <summary>missing, damaged, damaged_in_spool, unreadable, extra or origin_disagrees.</summary>
    public static string Name(FindingKind kind) => kind switch
    {
        FindingKind.Missing => "missing",
        FindingKind.Damaged => "damaged",
        FindingKind.DamagedInSpool => "damaged_in_spool",
        FindingKind.Unreadable => "unreadable",
        FindingKind.Extra => "extra",
        FindingKind.OriginDisagrees => "origin_disagrees",
        _ => "unknown",
    };

    /// <summary>One line about one finding.</summary>
    public static string Line(Finding finding) =>
        $"{Name(finding.Kind)}{(finding.Repaired ? " (repaired)" : "")}  {Printable(finding.Path)}  {Printable(finding.Message)}";

    /// <summary>How it ended.</summary>
    /// <param name="report">The last report.</param>
    /// <param name="isDeep">Whether every object was read.</param>
    public static string Summary(VerifyReport report, bool isDeep)
    {
        List<string> parts = [$"{Quantity.Count(report.Right)} right"];
        Add(report.NotChecked, isDeep ? "not checked (no checksum is known of them)" : "not checked (no checksum beside them; --deep reads them)");
        Add(report.Missing, "missing");
        Add(report.Damaged, "damaged");
        Add(report.DamagedInSpool, "damaged in the spool");
        Add(report.Unreadable, "unreadable");
        Add(report.Repaired, "of these repaired");
        Add(report.OriginDisagreements, "that the origin's own list denies");
        Add(report.Extra, "extra");
        Add(report.NotStored, "not fetched yet");
        Add(report.NewlyKnown, "new to the index");
        var read = report.BytesRead > 0 ? $", {Quantity.Bytes(report.BytesRead)} read" : "";
        return $"verified {Quantity.Count(report.FilesTotal, "file", "files")}{read}: {string.Join(", ", parts)}";

        void Add(long count, string what)
        {
            if (count > 0)
            {
                parts.Add($"{Quantity.Count(count)} {what}");
            }
        }
    }

    /// <summary>Keys of strange objects may hold anything; the terminal gets no control characters.</summary>
    private static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
