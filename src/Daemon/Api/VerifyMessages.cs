using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Api;

/// <summary>Verifications and evictions as the API shows them.</summary>
internal static class VerifyMessages
{
    /// <summary>The state of a verification, with the findings that wait.</summary>
    /// <param name="verification">A run.</param>
    /// <param name="findings">Findings to take at most; the others go into the next report.</param>
    public static V1.VerifyReport Report(Verification verification, int findings)
    {
        var counts = verification.Counts;
        var report = new V1.VerifyReport
        {
            FilesTotal = verification.Total,
            FilesDone = Interlocked.Read(ref counts.Done),
            Listed = Interlocked.Read(ref counts.Listed),
            BytesRead = Interlocked.Read(ref counts.BytesRead),
            Right = Interlocked.Read(ref counts.Right),
            NotChecked = Interlocked.Read(ref counts.NotChecked),
            NotStored = Interlocked.Read(ref counts.NotStored),
            NewlyKnown = Interlocked.Read(ref counts.NewlyKnown),
            Missing = counts.Of(FindingKind.Missing),
            Damaged = counts.Of(FindingKind.Damaged),
            DamagedInSpool = counts.Of(FindingKind.DamagedInSpool),
            Unreadable = counts.Of(FindingKind.Unreadable),
            Extra = counts.Of(FindingKind.Extra),
            OriginDisagreements = counts.Of(FindingKind.OriginDisagrees),
            Repaired = Interlocked.Read(ref counts.Repaired),
        };
        while (report.Findings.Count < findings && verification.Findings.TryRead(out var finding))
        {
            report.Findings.Add(new V1.Finding { Kind = ToMessage(finding.Kind), Path = finding.Path, Message = finding.Message, Repaired = finding.IsRepaired });
        }

        return report;
    }

    /// <summary>What was taken out.</summary>
    public static V1.EvictResponse ToMessage(EvictionResult result) => new()
    {
        Evicted = result.Evicted,
        Bytes = result.Bytes,
        Held = result.Held,
        ObjectsRemoved = result.Objects,
        ObjectBytes = result.ObjectBytes,
    };

    private static V1.FindingKind ToMessage(FindingKind kind) => kind switch
    {
        FindingKind.Missing => V1.FindingKind.Missing,
        FindingKind.Damaged => V1.FindingKind.Damaged,
        FindingKind.DamagedInSpool => V1.FindingKind.DamagedInSpool,
        FindingKind.Unreadable => V1.FindingKind.Unreadable,
        FindingKind.Extra => V1.FindingKind.Extra,
        _ => V1.FindingKind.OriginDisagrees,
    };
}
