using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs show</c>: one job with everything that failed.</summary>
internal sealed class JobsShowVerb(CliHost host) : JobVerb(host, "show", "Shows a job with everything that failed in it, and why.", "mimic-cxr jobs show 3")
{
    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(DaemonConnection connection, string id, bool isJson, CancellationToken cancellationToken)
    {
        var failures = await new JobFollower(Host, connection, isJson).FailuresAsync(id, cancellationToken);
        var jobs = (await connection.Client.ListJobsAsync(new ListJobsRequest(), cancellationToken: cancellationToken)).Jobs;
        var job = jobs.First(job => job.Id == id);
        if (isJson)
        {
            await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(JobDocument.From(job, failures), JsonOutput.Plain.JobDocument));
            return ExitCode.Done;
        }

        await ShowAsync(job, isJson);
        await Terminal.Out.WriteLineAsync($"{job.Dataset}: {job.Description}");
        if (job.Cause is { } cause)
        {
            await Terminal.Out.WriteLineAsync(cause.Message);
        }

        foreach (var failure in failures)
        {
            await Terminal.Out.WriteLineAsync($"{failure.Path}: {failure.Message}");
        }

        return ExitCode.Done;
    }
}
