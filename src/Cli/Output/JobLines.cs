using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>Progress for logs and pipes: plain lines, a few a minute however fast the job reports.</summary>
internal sealed class JobLines(TextWriter writer, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly long _started = time.GetTimestamp();
    private long? _written;

    /// <summary>Takes a new state of the job; writes a line when one is due.</summary>
    public void Show(Job job)
    {
        var isDue = _written is not { } written || time.GetElapsedTime(written) >= Interval;
        if (!isDue && job.State is JobState.Queued or JobState.Running)
        {
            return;
        }

        _written = time.GetTimestamp();
        writer.WriteLine($"prefetch {JobDocument.StateName(job.State)}: {Describe(job, time.GetElapsedTime(_started))}");
    }

    /// <summary>Files, bytes and rate: 12 of 300 files, 1.2 MiB, 3.4 MiB/s.</summary>
    public static string Describe(Job job, TimeSpan elapsed)
    {
        var rate = elapsed > TimeSpan.Zero ? $", {Quantity.Bytes(job.BytesDone / elapsed.TotalSeconds)}/s" : "";
        return $"{Quantity.Count(job.FilesDone)} of {Quantity.Count(job.FilesTotal, "file", "files")}, {Quantity.Bytes(job.BytesDone)}{rate}";
    }
}
