using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>A line of <c>verify --json</c> but the last.</summary>
internal sealed record FindingDocument(string Kind, string Path, string Message, bool Repaired)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static FindingDocument From(Finding finding) => new(VerifyText.Name(finding.Kind), finding.Path, finding.Message, finding.Repaired);
}
