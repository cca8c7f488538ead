using System.Globalization;
using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>The jobs of this run of the daemon, the last ones that ended included.</summary>
internal sealed class Jobs(BlobCache cache, int defaultConcurrency)
{
    private const int Kept = 100;

    private readonly List<PrefetchJob> _jobs = []; // under itself
    private int _last; // under _jobs

    /// <summary>All jobs, the oldest first.</summary>
    public IReadOnlyList<PrefetchJob> All
    {
        get
        {
            lock (_jobs)
            {
                return [.. _jobs];
            }
        }
    }

    /// <summary>Begins a job; it does nothing until it is run.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="files">Ordinals of the files.</param>
    /// <param name="concurrency">Files at a time; 0 for the default.</param>
    public PrefetchJob Create(DataSetBlobs blobs, IReadOnlyList<int> files, int concurrency)
    {
        lock (_jobs)
        {
            var id = (++_last).ToString(CultureInfo.InvariantCulture);
            var job = new PrefetchJob(id, blobs, cache, files, concurrency > 0 ? concurrency : defaultConcurrency);
            _jobs.Add(job);
            while (_jobs.Count > Kept && _jobs.FindIndex(old => old.HasEnded) is >= 0 and var oldest)
            {
                _jobs.RemoveAt(oldest);
            }

            return job;
        }
    }
}
