using System.Globalization;
using MimicCxr.Daemon.Prefetch;

namespace MimicCxr.Daemon.Api;

/// <summary>Jobs as the API shows them.</summary>
internal static class JobReport
{
    /// <summary>A job at one moment.</summary>
    public static V1.Job ToMessage(JobProgress job)
    {
        var message = new V1.Job
        {
            Id = job.Order.Id.ToString(CultureInfo.InvariantCulture),
            Dataset = job.Order.DataSet.ToString(),
            Description = job.Order.Description,
            State = job.State switch
            {
                JobState.Queued => V1.JobState.Queued,
                JobState.Running => V1.JobState.Running,
                JobState.Done => V1.JobState.Done,
                JobState.Failed => V1.JobState.Failed,
                _ => V1.JobState.Cancelled,
            },
            FilesDone = job.FilesDone,
            FilesTotal = job.Order.FilesTotal,
            BytesDone = job.BytesDone,
            FilesFailed = job.FilesFailed,
            CreatedUnixS = job.Order.Created.ToUnixTimeSeconds(),
            EndedUnixS = job.Ended?.ToUnixTimeSeconds() ?? 0,
            FilesPerSecond = job.FilesPerSecond,
            BytesPerSecond = job.BytesPerSecond,
        };
        message.Failures.AddRange(job.Failures.Select(ToMessage));
        message.FailuresByKind.AddRange(job.FailuresByKind.OrderByDescending(count => count.Value)
            .Select(count => new V1.FailureCount { Kind = ToMessage(count.Key), Count = count.Value }));
        if (job.FilesPerSecond > 0)
        {
            message.SecondsLeft = (long)Math.Ceiling((job.Order.FilesTotal - job.FilesDone - job.FilesFailed) / job.FilesPerSecond);
        }

        if (job.Cause is { } cause)
        {
            message.Cause = ToMessage(cause);
        }

        if (job.Waiting is { } waiting)
        {
            message.Waiting = new V1.JobWaiting { Kind = ToMessage(waiting.For), Reason = waiting.Reason, SinceUnixS = waiting.Since.ToUnixTimeSeconds() };
        }

        return message;
    }

    /// <summary>A failure.</summary>
    public static V1.JobFailure ToMessage(JobFailure failure) =>
        new() { Path = failure.Path, Kind = ToMessage(failure.Kind), Message = failure.Message };

    private static V1.FailureKind ToMessage(FailureKind kind) => kind switch
    {
        FailureKind.NotFound => V1.FailureKind.NotFound,
        FailureKind.Damaged => V1.FailureKind.Damaged,
        FailureKind.NotSignedIn => V1.FailureKind.NotSignedIn,
        FailureKind.NotPermitted => V1.FailureKind.NotPermitted,
        FailureKind.Origin => V1.FailureKind.Origin,
        FailureKind.Store => V1.FailureKind.Store,
        FailureKind.NoRoom => V1.FailureKind.NoRoom,
        _ => V1.FailureKind.Other,
    };
}
