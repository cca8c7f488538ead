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
    private readonly Option<string> _format = new("--format")
    {
        HelpName = "csv|json|paths",
        Description = "A table with every label as a column (default), an object a line, or a path a line",
        DefaultValueFactory = _ => "csv",
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
        var line = await LineAsync(connection, dataSet, arguments.GetRequiredValue(_format), cancellationToken);
        using var call = connection.Client.Query(new QueryRequest { Dataset = dataSet, Selection = name }, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await Terminal.Out.WriteLineAsync(line(call.ResponseStream.Current));
        }
    }

    private static string ParseFormat(ArgumentResult result)
    {
        var format = result.Tokens[0].Value;
        if (format is not ("csv" or "json" or "paths"))
        {
            result.AddError($"--format is {format}; allowed: csv, json, paths");
        }

        return format;
    }

    private async Task<Func<ImageRecord, string>> LineAsync(DaemonConnection connection, string dataSet, string format, CancellationToken cancellationToken)
    {
        switch (format)
        {
            case "paths":
                return record => record.Path;
            case "json":
                return record => JsonSerializer.Serialize(ImageDocument.From(record), JsonOutput.Plain.ImageDocument);
            default:
                var tables = await connection.Client.DescribeTablesAsync(new DescribeTablesRequest { Dataset = dataSet }, cancellationToken: cancellationToken);
                var manifest = new Manifest(tables);
                await Terminal.Out.WriteLineAsync(manifest.Header);
                return manifest.Row;
        }
    }
}
