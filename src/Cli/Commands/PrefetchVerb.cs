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
    private readonly Argument<string[]> _patterns = new("PATH|GLOB")
    {
        Description = "Relative to the data set's root: a file, a directory with all below it, or a glob (* ? [..] within a part, ** over parts)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _dataSet = new(DaemonOptions.DataSet)
    {
        HelpName = "SLUG/VERSION",
        Description = "Another data set than the daemon's default",
    };

    private readonly Option<bool> _metadata = new("--metadata") { Description = "List and table files" };
    private readonly Option<bool> _all = new("--all") { Description = "Every file" };
    private readonly Option<int> _concurrency = new("--concurrency")
    {
        HelpName = "N",
        Description = "Files at a time (default: the daemon's)",
        CustomParser = ParseConcurrency,
    };

    private readonly Option<bool> _detach = new("--detach") { Description = "Return at once; the job goes on in the daemon" };
    private readonly Option<bool> _json = new("--json") { Description = "The job's state as one JSON object a line" };

    /// <summary>Creates the verb.</summary>
    public PrefetchVerb(CliHost host)
        : base(
            host,
            "prefetch",
            "Brings files into the store and shows how far it got. Ctrl-C ends the job; what it brought stays.",
            "mimic-cxr prefetch files/p10/p10000032 --metadata",
            "mimic-cxr prefetch 'files/p1[0-4]/**/*.jpg' --concurrency 32 --detach")
    {
        Add(_patterns.RejectOptions());
        Add(_dataSet);
        Add(_metadata);
        Add(_all);
        Add(_concurrency);
        Add(_detach);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetValue(_patterns) is null or [] && !result.GetValue(_metadata) && !result.GetValue(_all))
            {
                result.AddError("say what to prefetch: a PATH or GLOB, --metadata or --all");
            }
        });
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = new PrefetchRequest
        {
            Dataset = arguments.GetValue(_dataSet) ?? "",
            Metadata = arguments.GetValue(_metadata),
            All = arguments.GetValue(_all),
            Concurrency = arguments.GetValue(_concurrency),
            Detach = arguments.GetValue(_detach),
        };
        request.Patterns.AddRange(arguments.GetValue(_patterns)?.Select(EntryArguments.Normalize) ?? []);

        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        using var call = connection.Client.Prefetch(request, cancellationToken: cancellationToken);
        var isJson = arguments.GetValue(_json);
        if (request.Detach)
        {
            return await ShowFirstAsync(call.ResponseStream, isJson, cancellationToken);
        }

        var job = await FollowAsync(call.ResponseStream, isJson, cancellationToken);
        return await ReportAsync(job, isJson);
    }

    private async Task<ExitCode> ShowFirstAsync(IAsyncStreamReader<Job> jobs, bool isJson, CancellationToken cancellationToken)
    {
        if (!await jobs.MoveNext(cancellationToken))
        {
            throw WithoutAnswer();
        }

        if (isJson)
        {
            WriteJson(jobs.Current);
        }
        else
        {
            await Terminal.Out.WriteLineAsync($"prefetch goes on in the daemon as job {jobs.Current.Id}; see mimic-cxr status");
        }

        return ExitCode.Done;
    }

    private Task<Job> FollowAsync(IAsyncStreamReader<Job> jobs, bool isJson, CancellationToken cancellationToken)
    {
        if (isJson)
        {
            return ReadToEndAsync(jobs, WriteJson, cancellationToken);
        }

        return Terminal.ErrorIsTerminal
            ? JobBar.ShowWhileAsync(Terminal.ErrorConsole, Host.Time, show => ReadToEndAsync(jobs, show, cancellationToken))
            : ReadToEndAsync(jobs, new JobLines(Terminal.Error, Host.Time).Show, cancellationToken);
    }

    private static async Task<Job> ReadToEndAsync(IAsyncStreamReader<Job> jobs, Action<Job> show, CancellationToken cancellationToken)
    {
        Job? last = null;
        while (await jobs.MoveNext(cancellationToken))
        {
            last = jobs.Current;
            show(last);
        }

        return last ?? throw WithoutAnswer();
    }

    private async Task<ExitCode> ReportAsync(Job job, bool isJson)
    {
        foreach (var failure in job.Failures)
        {
            Terminal.Note($"{failure.Path}: {failure.Message}");
        }

        if (job.FilesFailed > job.Failures.Count && job.Failures.Count > 0)
        {
            Terminal.Note($"and {Quantity.Count(job.FilesFailed - job.Failures.Count)} more");
        }

        if (job.State != JobState.Done || job.FilesFailed > 0)
        {
            throw new CliException(
                ExitCode.Failed,
                $"prefetch {JobDocument.StateName(job.State)}: {Quantity.Count(job.FilesDone)} of "
                + $"{Quantity.Count(job.FilesTotal, "file", "files")}, {Quantity.Count(job.FilesFailed)} failed");
        }

        if (!isJson)
        {
            await Terminal.Out.WriteLineAsync(
                $"prefetched {Quantity.Count(job.FilesTotal, "file", "files")}, {Quantity.Bytes(job.BytesDone)}");
        }

        return ExitCode.Done;
    }

    private void WriteJson(Job job)
    {
        Terminal.Out.WriteLine(JsonSerializer.Serialize(JobDocument.From(job), JsonOutput.Plain.JobDocument));
        Terminal.Out.Flush();
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

    private static CliException WithoutAnswer() => new(ExitCode.Failed, "the daemon took the request and answered nothing");
}
