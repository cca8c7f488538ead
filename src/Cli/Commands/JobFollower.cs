using System.Text.Json;
using Grpc.Core;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary>Watches one job to its end, shows how far it is, and says how it ended.</summary>
internal sealed class JobFollower(CliHost host, DaemonConnection connection, bool isJson)
{
    private static readonly TimeSpan CancelDeadline = TimeSpan.FromSeconds(15);

    private Terminal Terminal => host.Terminal;

    /// <summary>Watches a job that somebody else began; leaving does nothing to it.</summary>
    public async Task<ExitCode> FollowAsync(string id, CancellationToken cancellationToken) =>
        await ReportAsync(await WatchAsync(id, isOwn: false, cancellationToken), cancellationToken);

    /// <summary>Watches a job that this command began: Ctrl-C cancels it.</summary>
    public async Task<ExitCode> FollowOwnAsync(Job job, CancellationToken cancellationToken)
    {
        try
        {
            return await ReportAsync(await WatchAsync(job.Id, isOwn: true, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or RpcException)
        {
            var cancelled = await connection.Client.CancelJobAsync(
                new CancelJobRequest { Id = job.Id }, deadline: DateTime.UtcNow + CancelDeadline, cancellationToken: CancellationToken.None);
            Terminal.Note(JobVerdict.Describe(cancelled));
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Says how a job that has ended went, and names what failed.</summary>
    public async Task<ExitCode> ReportAsync(Job job, CancellationToken cancellationToken)
    {
        if (isJson)
        {
            IEnumerable<JobFailure> failures = job.FilesFailed > job.Failures.Count ? await FailuresAsync(job.Id, cancellationToken) : job.Failures;
            Write(JobDocument.From(job, failures));
            return JobVerdict.ExitCodeOf(job);
        }

        foreach (var failure in job.Failures)
        {
            Terminal.Note($"{failure.Path}: {failure.Message}");
        }

        if (job.FilesFailed > job.Failures.Count)
        {
            Terminal.Note($"and {Quantity.Count(job.FilesFailed - job.Failures.Count)} more; all of them: mimic-cxr jobs show {job.Id}");
        }

        var exitCode = JobVerdict.ExitCodeOf(job);
        if (exitCode != ExitCode.Done)
        {
            throw new CliException(exitCode, JobVerdict.Describe(job));
        }

        await Terminal.Out.WriteLineAsync($"prefetched {Quantity.Count(job.FilesTotal, "file", "files")}, {Quantity.Bytes(job.BytesDone)}");
        return exitCode;
    }

    /// <summary>Everything that failed in a job.</summary>
    public async Task<List<JobFailure>> FailuresAsync(string id, CancellationToken cancellationToken)
    {
        using var call = connection.Client.ListJobFailures(new ListJobFailuresRequest { Id = id }, cancellationToken: cancellationToken);
        var failures = new List<JobFailure>();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            failures.Add(call.ResponseStream.Current);
        }

        return failures;
    }

    private async Task<Job> WatchAsync(string id, bool isOwn, CancellationToken cancellationToken)
    {
        using var call = connection.Client.WatchJob(new WatchJobRequest { Id = id, CancelWhenLeft = isOwn }, cancellationToken: cancellationToken);
        try
        {
            if (isJson)
            {
                return await ReadToEndAsync(call.ResponseStream, job => Write(JobDocument.From(job)), cancellationToken);
            }

            return Terminal.ErrorIsTerminal
                ? await JobBar.ShowWhileAsync(Terminal.ErrorConsole, show => ReadToEndAsync(call.ResponseStream, show, cancellationToken))
                : await ReadToEndAsync(call.ResponseStream, new JobLines(Terminal.Error, host.Time).Show, cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && !cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Failed, $"the daemon has ended; job {id} goes on when it is started again: then mimic-cxr jobs watch {id}");
        }
    }

    /// <summary>Shows each state, and returns the last.</summary>
    private async Task<Job> ReadToEndAsync(IAsyncStreamReader<Job> jobs, Action<Job> show, CancellationToken cancellationToken)
    {
        Job? last = null;
        while (await jobs.MoveNext(cancellationToken))
        {
            last = jobs.Current;
            // With --json the last one is written with everything that failed.
            if (!isJson || last.State is JobState.Queued or JobState.Running)
            {
                show(last);
            }
        }

        return last ?? throw new CliException(ExitCode.Failed, "the daemon took the request and answered nothing");
    }

    private void Write(JobDocument document)
    {
        Terminal.Out.WriteLine(JsonSerializer.Serialize(document, JsonOutput.Plain.JobDocument));
        Terminal.Out.Flush();
    }
}
