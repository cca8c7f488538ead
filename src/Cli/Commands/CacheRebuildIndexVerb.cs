using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>cache rebuild-index</c>: the store is the truth of what is cached.</summary>
internal sealed class CacheRebuildIndexVerb : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a data set, one a line" };

    /// <summary>Creates the verb.</summary>
    public CacheRebuildIndexVerb(CliHost host)
        : base(
            host,
            "rebuild-index",
            "Lists the store, a thousand objects a request, and corrects what the index says of it. A daemon whose index was lost or damaged does this by itself.",
            "mimic-cxr cache rebuild-index") =>
        Add(_json);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var response = await connection.Client.RebuildIndexAsync(new RebuildIndexRequest(), cancellationToken: cancellationToken);
        var isJson = arguments.GetValue(_json);
        foreach (var survey in response.Surveys)
        {
            await Terminal.Out.WriteLineAsync(isJson
                ? JsonSerializer.Serialize(new SurveyDocument(survey.Dataset, survey.Found, survey.NewlyKnown, survey.Gone), JsonOutput.Plain.SurveyDocument)
                : $"{survey.Dataset}: the store has {Quantity.Count(survey.Found, "file", "files")}; {Quantity.Count(survey.NewlyKnown)} were not known, {Quantity.Count(survey.Gone)} are gone");
        }

        if (response.Surveys.Count == 0)
        {
            Terminal.Note("no data set was loaded yet, and the store has the list of none");
        }

        return ExitCode.Done;
    }
}
