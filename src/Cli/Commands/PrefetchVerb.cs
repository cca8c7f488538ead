using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>prefetch</c>: brings files into the store before anyone reads them.</summary>
internal sealed class PrefetchVerb : Verb
{
    /// <summary>Half a megabyte of image paths: well below what a message may have.</summary>
    private const int PathsPerMessage = 5000;

    private readonly FileArguments _files;
    private readonly SelectionOption _selection = new();
    private readonly Option<string?> _fromFile = new("--from-file") { HelpName = "FILE|-", Description = "A list of paths, one a line; - for standard input" };
    private readonly Option<bool> _metadata = new("--metadata") { Description = "List and table files" };
    private readonly Option<bool> _reports = new("--reports") { Description = "The archive of reports: mimic-cxr's, of mimic-cxr-jpg's studies too" };
    private readonly Option<bool> _all = new("--all") { Description = "Every file" };
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        HelpName = "N",
        Description = "Files at a time (default: what keeps the daemon's requests busy)",
        CustomParser = ParseConcurrency,
    };

    private readonly Option<bool> _detach = new("--detach") { Description = "Return at once; the job goes on in the daemon" };
    private readonly Option<bool> _json = new("--json") { Description = "The job's state as one JSON object a line" };

    /// <summary>Creates the verb.</summary>
    public PrefetchVerb(CliHost host)
        : base(
            host,
            "prefetch",
            "Brings files into the store and shows how far it got. Ctrl-C cancels the job; what it brought stays, and 'jobs retry' goes on with the rest.",
            "mimic-cxr prefetch files/p10/p10000032 --metadata",
            "mimic-cxr prefetch 'files/p1[0-4]/**/*.jpg' --concurrency 32 --detach",
            "mimic-cxr prefetch --from-file train-paths.txt")
    {
        _files = new FileArguments(this, "; - reads paths from standard input");
        Add(_selection);
        Add(_fromFile);
        Add(_metadata);
        Add(_reports);
        Add(_all);
        Add(_concurrency);
        Add(_detach);
        Add(_json);
        Validators.Add(Check);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var job = await CreateAsync(connection, arguments, cancellationToken);
        var isJson = arguments.GetValue(_json);
        if (!arguments.GetValue(_detach))
        {
            return await new JobFollower(Host, connection, isJson).FollowOwnAsync(job, cancellationToken);
        }

        await Terminal.Out.WriteLineAsync(isJson
            ? JsonSerializer.Serialize(JobDocument.From(job), JsonOutput.Plain.JobDocument)
            : $"prefetch goes on in the daemon as job {job.Id}; see mimic-cxr jobs watch {job.Id}");
        return ExitCode.Done;
    }

    private async Task<Job> CreateAsync(DaemonConnection connection, ParseResult arguments, CancellationToken cancellationToken)
    {
        var message = new PrefetchRequest
        {
            Dataset = _files.DataSet(arguments),
            Selection = _selection.Of(arguments),
            Metadata = arguments.GetValue(_metadata),
            Reports = arguments.GetValue(_reports),
            All = arguments.GetValue(_all),
            Concurrency = arguments.GetValue(_concurrency),
        };
        using var call = connection.Client.CreateJob(cancellationToken: cancellationToken);
        var isEmpty = message.Selection.Length == 0 && !message.Metadata && !message.Reports && !message.All;
        try
        {
            foreach (var path in Paths(arguments))
            {
                isEmpty = false;
                message.Patterns.Add(path);
                if (message.Patterns.Count == PathsPerMessage)
                {
                    await call.RequestStream.WriteAsync(message, cancellationToken);
                    message = new PrefetchRequest();
                }
            }

            if (isEmpty)
            {
                throw new CliException(ExitCode.Usage, "the list names no path, so there is nothing to prefetch");
            }

            await call.RequestStream.WriteAsync(message, cancellationToken);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException && !cancellationToken.IsCancellationRequested)
        {
            // The daemon has answered before the end of the list: the answer says why.
        }

        return await call.ResponseAsync;
    }

    private IEnumerable<string> Paths(ParseResult arguments)
    {
        foreach (var pattern in _files.Given(arguments))
        {
            foreach (var path in pattern == PathListReader.StandardInput ? PathListReader.Read(pattern, Host) : [pattern])
            {
                yield return path;
            }
        }

        foreach (var path in arguments.GetValue(_fromFile) is { } list ? PathListReader.Read(list, Host) : [])
        {
            yield return path;
        }
    }

    private void Check(CommandResult result)
    {
        var patterns = result.GetValue(_files.Patterns) ?? [];
        var list = result.GetValue(_fromFile);
        if (result.Errors.Any())
        {
            return;
        }

        if (patterns.Count(pattern => pattern == PathListReader.StandardInput) + (list == PathListReader.StandardInput ? 1 : 0) > 1)
        {
            result.AddError("standard input can be read once: give - once");
        }
        else if (patterns.Length == 0 && list is null && result.GetResult(_selection) is null && !result.GetValue(_metadata) && !result.GetValue(_reports) && !result.GetValue(_all))
        {
            result.AddError("say what to prefetch: a PATH or GLOB, --selection, --from-file, --metadata, --reports or --all");
        }
    }

    private static int ParseConcurrency(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return number;
        }

        result.AddError($"--concurrency is {result.Tokens[0].Value}; allowed: a number from 1 on");
        return 0;
    }
}
