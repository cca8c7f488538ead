using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>The last line of <c>verify --json</c>.</summary>
internal sealed record VerifyDocument(
    bool Ok,
    long Files,
    long Right,
    long NotChecked,
    long NotStored,
    long Missing,
    long Damaged,
    long DamagedInSpool,
    long Unreadable,
    long Extra,
    long OriginDisagreements,
    long Repaired,
    long NewlyKnown,
    long BytesRead)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static VerifyDocument From(VerifyReport report) => new(
        VerifyText.IsRight(report),
        report.FilesTotal,
        report.Right,
        report.NotChecked,
        report.NotStored,
        report.Missing,
        report.Damaged,
        report.DamagedInSpool,
        report.Unreadable,
        report.Extra,
        report.OriginDisagreements,
        report.Repaired,
        report.NewlyKnown,
        report.BytesRead);
}
