using System.Collections.Concurrent;

namespace MimicCxr.Daemon.Cache;

/// <summary>Bounds the number of spool files that are kept open; the one opened first is closed first.</summary>
internal sealed class OpenSpoolFiles(int limit)
{
    private readonly ConcurrentQueue<SpoolFile> _open = new();
    private int _count;

    /// <summary>A file was opened.</summary>
    public void Opened(SpoolFile file)
    {
        _open.Enqueue(file);
        if (Interlocked.Increment(ref _count) > limit && _open.TryDequeue(out var oldest))
        {
            Interlocked.Decrement(ref _count);
            oldest.Close();
        }
    }
}
