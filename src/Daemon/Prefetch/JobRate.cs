namespace MimicCxr.Daemon.Prefetch;

/// <summary>How fast a job is: over the last twenty seconds.</summary>
internal sealed class JobRate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Queue<(long At, long Files, long Bytes)> _marks = new([(time.GetTimestamp(), 0, 0)]);
    private long _newest = time.GetTimestamp();
    private long _files;
    private long _bytes;

    /// <summary>A file has arrived.</summary>
    public void Add(long bytes)
    {
        _files++;
        _bytes += bytes;
        if (time.GetElapsedTime(_newest) >= Step)
        {
            Mark();
        }
    }

    /// <summary>Files and bytes a second.</summary>
    public (double Files, double Bytes) Measure()
    {
        while (_marks.Count > 1 && time.GetElapsedTime(_marks.Peek().At) > Window)
        {
            _marks.Dequeue();
        }

        var (at, files, bytes) = _marks.Peek();
        var seconds = time.GetElapsedTime(at).TotalSeconds;
        return seconds > 0 ? ((_files - files) / seconds, (_bytes - bytes) / seconds) : (0, 0);
    }

    private void Mark()
    {
        _newest = time.GetTimestamp();
        _marks.Enqueue((_newest, _files, _bytes));
        while (_marks.Count > Window / Step * 2)
        {
            _marks.Dequeue();
        }
    }
}
