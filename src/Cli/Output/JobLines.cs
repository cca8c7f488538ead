using System.Globalization;
using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>Progress for logs and pipes: plain lines, a few a minute however fast the job reports.</summary>
internal sealed class JobLines(TextWriter writer, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private long? _written;
    private bool _waited;

    /// <summary>Takes a new state of the job; writes a line when one is due.</summary>
    public void Show(Job job)
    {
        var isDue = _written is not { } written || time.GetElapsedTime(written) >= Interval || job.Waiting is not null != _waited;
        if (!isDue && job.State is JobState.Queued or JobState.Running)
        {
            return;
        }

        (_written, _waited) = (time.GetTimestamp(), job.Waiting is not null);
        // Which files it will be is not known yet while it is queued.
        var far = job.State == JobState.Queued ? "" : $": {Describe(job)}";
        writer.WriteLine($"job {job.Id} {JobDocument.StateName(job.State)}{far}");
    }

    /// <summary>Files, bytes, failures, rate and time left: 12 of 300 files, 1.2 MiB, 1 failed, 3.4 MiB/s, 2 min 5 s left.</summary>
    public static string Describe(Job job)
    {
        var parts = new List<string>
        {
            $"{Quantity.Count(job.FilesDone)} of {Quantity.Count(job.FilesTotal, "file", "files")}", Quantity.Bytes(job.BytesDone),
        };
        if (job.FilesFailed > 0)
        {
            parts.Add($"{Quantity.Count(job.FilesFailed)} failed");
        }

        if (job.Waiting is { } waiting)
        {
            parts.Add(Describe(waiting));
        }
        else if (job.BytesPerSecond > 0)
        {
            parts.Add($"{Quantity.Bytes(job.BytesPerSecond)}/s");
            if (job.HasSecondsLeft)
            {
                parts.Add($"{Quantity.Duration(TimeSpan.FromSeconds(job.SecondsLeft))} left");
            }
        }

        return string.Join(", ", parts);
    }

    /// <summary>What a job waits for, since when, and why.</summary>
    public static string Describe(JobWaiting waiting)
    {
        var what = waiting.Kind switch { FailureKind.Origin => "the origin", FailureKind.Store => "the store", _ => "room" };
        var since = DateTimeOffset.FromUnixTimeSeconds(waiting.SinceUnixS).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return $"waiting for {what} since {since}: {waiting.Reason}";
    }
}
