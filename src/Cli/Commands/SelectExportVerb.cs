using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>select export</c>: a selection as a table, as objects or as paths.</summary>
internal sealed class SelectExportVerb : SelectionVerb
{
    private const string Csv = "csv";
    private const string Json = "json";
    private const string Paths = "paths";

    private readonly Option<string> _format = new("--format")
    {
        HelpName = "csv|json|paths",
        Description = "A table with every label as a column (default), an object a line, or a path a line",
        DefaultValueFactory = _ => Csv,
        CustomParser = ParseFormat,
    };

    /// <summary>Creates the verb.</summary>
    public SelectExportVerb(CliHost host)
        : base(
            host,
            "export",
            "Writes the images of a selection, in path order, with what the tables say about them.",
            "mimic-cxr select export pa15k",
            "mimic-cxr select export pa15k --format paths | mimic-cxr prefetch -") => Add(_format);

    /// <inheritdoc/>
    protected override async Task RunAsync(
        DaemonConnection connection, string dataSet, string name, ParseResult arguments, CancellationToken cancellationToken)
    {
        var format = arguments.GetRequiredValue(_format);
        if (format == Csv)
        {
            // The same file that mounts have; this call tells of a selection that there is none.
            await connection.Client.ShowSelectionAsync(new ShowSelectionRequest { Dataset = dataSet, Name = name }, cancellationToken: cancellationToken);
            await connection.CopyFileAsync(dataSet, $"selections/{name}/manifest.csv", Terminal.Output, cancellationToken);
            return;
        }

        using var call = connection.Client.QueryBatches(new QueryRequest { Dataset = dataSet, Selection = name }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            foreach (var image in call.ResponseStream.Current.Images)
            {
                await Terminal.Out.WriteLineAsync(format == Paths ? image.Path : JsonSerializer.Serialize(ImageDocument.From(image), JsonOutput.Plain.ImageDocument));
            }
        }
    }

    private static string ParseFormat(ArgumentResult result)
    {
        var format = result.Tokens[0].Value;
        if (format is not (Csv or Json or Paths))
        {
            result.AddError($"--format is {format}; allowed: csv, json, paths");
        }

        return format;
    }
}
