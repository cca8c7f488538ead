using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>select delete</c>: forgets a selection.</summary>
internal sealed class SelectDeleteVerb(CliHost host)
    : SelectionVerb(host, "delete", "Forgets a selection; its files stay where they are.", "mimic-cxr select delete pa15k")
{
    /// <inheritdoc/>
    protected override async Task RunAsync(
        DaemonConnection connection, string dataSet, string name, ParseResult arguments, CancellationToken cancellationToken)
    {
        await connection.Client.DeleteSelectionAsync(new DeleteSelectionRequest { Dataset = dataSet, Name = name }, cancellationToken: cancellationToken);
        Terminal.Note($"selection {name} is deleted");
    }
}
