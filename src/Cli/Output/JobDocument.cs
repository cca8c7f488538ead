using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>A job in <c>status --json</c>, <c>jobs --json</c> and in each line of <c>prefetch --json</c>.</summary>
internal sealed record JobDocument(
    string Id,
    string State,
    string Dataset,
    string Description,
    long CreatedUnixS,
    long? EndedUnixS,
    long FilesDone,
    long FilesTotal,
    long BytesDone,
    long FilesFailed,
    IReadOnlyDictionary<string, long> FailuresByKind,
    double FilesPerSecond,
    double BytesPerSecond,
    long? SecondsLeft,
    JobDocument.Wait? Waiting,
    JobDocument.Failed? Cause,
    IReadOnlyList<JobDocument.Failed> Failures)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static JobDocument From(Job job) => From(job, job.Failures);

    /// <summary>The same with other failures than the first few.</summary>
    public static JobDocument From(Job job, IEnumerable<JobFailure> failures) => new(
        job.Id,
        StateName(job.State),
        job.Dataset,
        job.Description,
        job.CreatedUnixS,
        job.EndedUnixS == 0 ? null : job.EndedUnixS,
        job.FilesDone,
        job.FilesTotal,
        job.BytesDone,
        job.FilesFailed,
        job.FailuresByKind.ToDictionary(count => KindName(count.Kind), count => count.Count),
        Math.Round(job.FilesPerSecond, 1),
        Math.Round(job.BytesPerSecond),
        job.HasSecondsLeft ? job.SecondsLeft : null,
        job.Waiting is { } waiting ? new Wait(KindName(waiting.Kind), waiting.Reason, waiting.SinceUnixS) : null,
        job.Cause is { } cause ? Failed.From(cause) : null,
        [.. failures.Select(Failed.From)]);

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

    /// <summary>A kind of failure as scripts read it.</summary>
    public static string KindName(FailureKind kind) => kind switch
    {
        FailureKind.NotFound => "not_found",
        FailureKind.Damaged => "damaged",
        FailureKind.NotSignedIn => "not_signed_in",
        FailureKind.NotPermitted => "not_permitted",
        FailureKind.Origin => "origin",
        FailureKind.Store => "store",
        FailureKind.NoRoom => "no_room",
        _ => "other",
    };

    /// <summary>One file that could not be had, and why.</summary>
    internal sealed record Failed(string Path, string Kind, string Message)
    {
        /// <summary>Takes over what the daemon answered.</summary>
        public static Failed From(JobFailure failure) => new(failure.Path, KindName(failure.Kind), failure.Message);
    }

    /// <summary>What a running job waits for.</summary>
    internal sealed record Wait(string For, string Reason, long SinceUnixS);
}
