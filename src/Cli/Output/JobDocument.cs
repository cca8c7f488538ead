using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>A job in <c>status --json</c> and in each line of <c>prefetch --json</c>.</summary>
internal sealed record JobDocument(
    string Id,
    string State,
    long FilesDone,
    long FilesTotal,
    long BytesDone,
    long FilesFailed,
    IReadOnlyList<JobDocument.Failed> Failures)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static JobDocument From(Job job) => new(
        job.Id,
        StateName(job.State),
        job.FilesDone,
        job.FilesTotal,
        job.BytesDone,
        job.FilesFailed,
        [.. job.Failures.Select(f => new Failed(f.Path, f.Message))]);

    /// <summary>queued, running, done, failed or cancelled.</summary>
    public static string StateName(JobState state) => state switch
    {
        JobState.Queued => "queued",
        JobState.Running => "running",
        JobState.Done => "done",
        JobState.Failed => "failed",
        JobState.Cancelled => "cancelled",
        _ => "unknown",
    };

    /// <summary>One file that could not be had, and why.</summary>
    internal sealed record Failed(string Path, string Message);
}
