using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Cost;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>cost</c>: what keeping it costs a month.</summary>
internal sealed class CostVerb : Verb
{
    private readonly FileArguments _files;
    private readonly SelectionOption _selection = new();
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public CostVerb(CliHost host)
        : base(
            host,
            "cost",
            "Shows size and monthly price, by storage class, of what is cached and of what the whole data set would be, from list prices.",
            "mimic-cxr cost",
            "mimic-cxr cost 'files/p10/**' --json")
    {
        _files = new FileArguments(this);
        Add(_selection);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = new MeasureRequest { Dataset = _files.DataSet(arguments), Selection = _selection.Of(arguments) };
        request.Patterns.AddRange(_files.Given(arguments));
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var size = await connection.Client.MeasureAsync(request, cancellationToken: cancellationToken);
        var prices = PriceTable.Load();
        if (arguments.GetValue(_json))
        {
            await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(CostDocument.From(size, prices), JsonOutput.Plain.CostDocument));
        }
        else
        {
            Terminal.OutConsole.Write(CostView.Draw(size, prices));
        }

        return ExitCode.Done;
    }
}
