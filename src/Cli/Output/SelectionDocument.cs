using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>A selection as <c>select ... --json</c> prints it.</summary>
internal sealed record SelectionDocument(
    long Id, string Name, string Dataset, long Images, long Studies, long Patients, long CreatedUnixS, string Command)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static SelectionDocument From(Selection selection) => new(
        selection.Id, selection.Name, selection.Dataset, selection.Images, selection.Studies, selection.Patients, selection.CreatedUnixS,
        SelectionText.CommandLine(selection));
}
