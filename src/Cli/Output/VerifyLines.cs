using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>How far a verification got: one line that is written over on a terminal, a few lines a minute elsewhere.</summary>
internal sealed class VerifyLines(TextWriter writer, TimeProvider time, bool isTerminal)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly long _started = time.GetTimestamp();
    private long? _written;
    private bool _isShown;

    /// <summary>Takes a new state; shows it when that is due, and there is something to say.</summary>
    public void Show(VerifyReport report)
    {
        if (report is { Listed: 0, FilesDone: 0 })
        {
            return;
        }

        if (isTerminal)
        {
            writer.Write($"\r\u001b[K{Describe(report)}");
            writer.Flush();
            _isShown = true;
        }
        else if (_written is not { } written || time.GetElapsedTime(written) >= Interval)
        {
            _written = time.GetTimestamp();
            writer.WriteLine(Describe(report));
        }
    }

    /// <summary>Takes the line away, so that a result can be written.</summary>
    public void Clear()
    {
        if (_isShown)
        {
            writer.Write("\r\u001b[K");
            writer.Flush();
            _isShown = false;
        }
    }

    private string Describe(VerifyReport report)
    {
        if (report.FilesDone == 0)
        {
            return $"verify: {Quantity.Count(report.Listed, "object", "objects")} listed";
        }

        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var rate = report.BytesRead > 0 && seconds > 0 ? $", {Quantity.Bytes(report.BytesRead)}, {Quantity.Bytes(report.BytesRead / seconds)}/s" : "";
        return $"verify: {Quantity.Count(report.FilesDone)} of {Quantity.Count(report.FilesTotal, "file", "files")}{rate}";
    }
}
