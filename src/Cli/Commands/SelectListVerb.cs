using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>select list</c>: the selections of a data set.</summary>
internal sealed class SelectListVerb : Verb
{
    private readonly DataSetOption _dataSet = new();
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line" };

    /// <summary>Creates the verb.</summary>
    public SelectListVerb(CliHost host)
        : base(host, "list", "Lists the selections of the data set.", "mimic-cxr select list")
    {
        Add(_dataSet);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var request = new ListSelectionsRequest { Dataset = _dataSet.Of(arguments) };
        var selections = (await connection.Client.ListSelectionsAsync(request, cancellationToken: cancellationToken)).Selections;
        foreach (var selection in selections)
        {
            await Terminal.Out.WriteLineAsync(arguments.GetValue(_json)
                ? JsonSerializer.Serialize(SelectionDocument.From(selection), JsonOutput.Plain.SelectionDocument)
                : SelectionText.Summary(selection));
        }

        if (selections.Count == 0 && !arguments.GetValue(_json))
        {
            Terminal.Note("there are no selections; mimic-cxr select create makes one");
        }

        return ExitCode.Done;
    }
}
