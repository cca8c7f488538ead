using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>select show</c>: what a selection is, and how it was made.</summary>
internal sealed class SelectShowVerb : SelectionVerb
{
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public SelectShowVerb(CliHost host)
        : base(host, "show", "Shows how large a selection is, and the command that makes it.", "mimic-cxr select show pa15k") => Add(_json);

    /// <inheritdoc/>
    protected override async Task RunAsync(
        DaemonConnection connection, string dataSet, string name, ParseResult arguments, CancellationToken cancellationToken)
    {
        var selection = await connection.Client.ShowSelectionAsync(new ShowSelectionRequest { Dataset = dataSet, Name = name }, cancellationToken: cancellationToken);
        await Terminal.Out.WriteLineAsync(arguments.GetValue(_json)
            ? JsonSerializer.Serialize(SelectionDocument.From(selection), JsonOutput.Plain.SelectionDocument)
            : $"{SelectionText.Summary(selection)}\n{SelectionText.CommandLine(selection)}");
    }
}
