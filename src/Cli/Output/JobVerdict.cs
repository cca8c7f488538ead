using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>What a job's end means for the command that waited for it.</summary>
internal static class JobVerdict
{
    /// <summary>The exit code: what ended the job, or what kept every file from coming, has its own; else 1 where anything failed.</summary>
    public static ExitCode ExitCodeOf(Job job)
    {
        if (job.Cause is { } cause)
        {
            return Of(cause.Kind);
        }

        return job is { State: JobState.Done, FilesFailed: 0 } ? ExitCode.Done
            : job is { State: JobState.Failed, FilesDone: 0, FailuresByKind: [var only] } ? Of(only.Kind)
            : ExitCode.Failed;
    }

    /// <summary>One line about a job that did not bring everything, with what to do.</summary>
    public static string Describe(Job job)
    {
        var kinds = job.FailuresByKind.Count == 0 ? ""
            : $" ({string.Join(", ", job.FailuresByKind.Select(count => $"{Quantity.Count(count.Count)} {JobDocument.KindName(count.Kind).Replace('_', ' ')}"))})";
        var cause = job.Cause is { } ended ? $"; {ended.Message.TrimEnd('.')}" : "";
        return $"job {job.Id} {JobDocument.StateName(job.State)}: {Quantity.Count(job.FilesDone)} of {Quantity.Count(job.FilesTotal, "file", "files")}, "
            + $"{Quantity.Count(job.FilesFailed)} failed{kinds}{cause}; go on with the rest by: mimic-cxr jobs retry {job.Id}";
    }

    private static ExitCode Of(FailureKind kind) => kind switch
    {
        FailureKind.NotSignedIn => ExitCode.NotSignedIn,
        FailureKind.NotPermitted => ExitCode.NoPermission,
        FailureKind.Origin or FailureKind.Store => ExitCode.OutOfReach,
        _ => ExitCode.Failed,
    };
}
