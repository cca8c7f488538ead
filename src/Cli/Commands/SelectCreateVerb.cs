using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>select create</c>: gives a set of images a name.</summary>
internal sealed class SelectCreateVerb : SelectionVerb
{
    private const string Condition = "LABEL=STATE with 1, 0, -1 or none (not mentioned), several with , or |; LABELER:LABEL=STATE for negbio instead of chexpert";

    private readonly Option<string[]> _splits = new("--split") { HelpName = "NAME,...", Description = "Any of train, validate, test" };
    private readonly Option<string[]> _views = new("--view") { HelpName = "VIEW,...", Description = "Any of PA, AP, LATERAL, LL, ... (of indiana: Frontal, Lateral); none for images without" };
    private readonly Option<string[]> _labels = new("--label") { HelpName = "LABEL=STATE", Description = $"{Condition}. All that are given must hold" };
    private readonly Option<string[]> _where = new("--where") { HelpName = "CONDITION", Description = "The same with and, or, not and parentheses" };
    private readonly Option<string?> _from = new("--from") { HelpName = "DATE", Description = "StudyDate from this day on, as 2180-05-31" };
    private readonly Option<string?> _to = new("--to") { HelpName = "DATE", Description = "StudyDate up to this day" };
    private readonly Option<string[]> _minus = new("--minus") { HelpName = "NAME", Description = "Without the images of another selection" };
    private readonly Option<bool> _onePerStudy = new("--one-per-study") { Description = "Of each study only the first image that fits" };
    private readonly Option<double?> _sample = new("--sample") { HelpName = "SHARE", Description = "A share of the patients, such as 0.1", CustomParser = ParseShare };
    private readonly Option<long?> _limit = new("--limit") { HelpName = "N", Description = "At most N images, of whole patients", CustomParser = result => ParseNumber(result, 1) };
    private readonly Option<long?> _seed = new("--seed") { HelpName = "N", Description = "Decides which patients a sample takes (default 0)", CustomParser = result => ParseNumber(result, long.MinValue) };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public SelectCreateVerb(CliHost host)
        : base(
            host,
            "create",
            "Gives the images that fit a name. What is left out does not narrow; samples take whole patients.",
            "mimic-cxr select create pa15k --view PA --one-per-study --limit 15000 --seed 1",
            "mimic-cxr select create pneumonia --split train --where \"Pneumonia=1|-1 and not (No Finding=1 or Support Devices=1)\"")
    {
        Array.ForEach<Option>(
            [_splits, _views, _labels, _where, _from, _to, _minus, _onePerStudy, _sample, _limit, _seed, _json], Add);
        Validators.Add(result =>
        {
            if (result.GetResult(_sample) is not null && result.GetResult(_limit) is not null)
            {
                result.AddError("say --sample or --limit, not both");
            }
        });
    }

    /// <inheritdoc/>
    protected override async Task RunAsync(
        DaemonConnection connection, string dataSet, string name, ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = new CreateSelectionRequest { Dataset = dataSet, Name = name, Query = Query(arguments) };
        var selection = await connection.Client.CreateSelectionAsync(request, cancellationToken: cancellationToken);
        await Terminal.Out.WriteLineAsync(arguments.GetValue(_json)
            ? JsonSerializer.Serialize(SelectionDocument.From(selection), JsonOutput.Plain.SelectionDocument)
            : SelectionText.Summary(selection));
    }

    private ImageQuery Query(ParseResult arguments)
    {
        var query = new ImageQuery
        {
            FirstDate = arguments.GetValue(_from) ?? "",
            LastDate = arguments.GetValue(_to) ?? "",
            OnePerStudy = arguments.GetValue(_onePerStudy),
            Seed = arguments.GetValue(_seed) ?? 0,
        };
        query.Splits.AddRange(Names(arguments, _splits));
        query.Views.AddRange(Names(arguments, _views));
        query.Where.AddRange(arguments.GetValue(_labels) ?? []);
        query.Where.AddRange(arguments.GetValue(_where) ?? []);
        query.Minus.AddRange(Names(arguments, _minus));
        if (arguments.GetValue(_sample) is { } share)
        {
            query.Share = share;
        }

        if (arguments.GetValue(_limit) is { } limit)
        {
            query.Limit = limit;
        }

        return query;
    }

    private static IEnumerable<string> Names(ParseResult arguments, Option<string[]> option) =>
        (arguments.GetValue(option) ?? []).SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static double? ParseShare(ArgumentResult result)
    {
        if (double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var share) && share is > 0 and <= 1)
        {
            return share;
        }

        result.AddError($"--sample is {result.Tokens[0].Value}; allowed: a share above 0 and up to 1, such as 0.1");
        return null;
    }

    private static long? ParseNumber(ArgumentResult result, long least)
    {
        if (long.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            return number;
        }

        result.AddError($"{result.Tokens[0].Value} is no whole number{(least == 1 ? " from 1 on" : "")}");
        return null;
    }
}
