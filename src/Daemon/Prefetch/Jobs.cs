using System.Collections.Concurrent;
using System.Globalization;
using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>The jobs of this run of the daemon, the last ones that ended included.</summary>
internal sealed class Jobs(BlobCache cache, int defaultConcurrency)
{
    private const int Kept = 100;

    private readonly ConcurrentQueue<PrefetchJob> _jobs = new();
    private int _last;

    /// <summary>All jobs, the oldest first.</summary>
    public IEnumerable<PrefetchJob> All => _jobs;

    /// <summary>Begins a job; it does nothing until it is run.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="files">Ordinals of the files.</param>
    /// <param name="concurrency">Files at a time; 0 for the default.</param>
    public PrefetchJob Create(DataSetBlobs blobs, IReadOnlyList<int> files, int concurrency)
    {
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var job = new PrefetchJob(id, blobs, cache, files, concurrency > 0 ? concurrency : defaultConcurrency);
        _jobs.Enqueue(job);
        while (_jobs.Count > Kept && _jobs.TryPeek(out var oldest) && oldest.Progress.State > JobState.Running && _jobs.TryDequeue(out _))
        {
        }

        return job;
    }
}
