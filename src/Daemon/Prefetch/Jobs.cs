using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>The jobs of this state directory: those that have not ended, and the last ones that have.</summary>
internal sealed class Jobs : IAsyncDisposable
{
    /// <summary>Jobs that run at a time; they share the origin's requests, so more would only be slower each.</summary>
    private const int Running = 8;

    private readonly JobParts _parts;
    private readonly List<PrefetchJob> _jobs; // under itself
    private readonly SemaphoreSlim _turns = new(Running);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>What the index remembers; nothing runs yet.</summary>
    public Jobs(JobParts parts)
    {
        _parts = parts;
        _jobs = [.. parts.Kept.Load(PrefetchJob.FailuresShown).Select(row => new PrefetchJob(row, parts))];
    }

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

    /// <summary>Lets those go on that the end of the last run cut off.</summary>
    public void Resume()
    {
        foreach (var job in All.Where(job => !job.HasEnded))
        {
            job.Start(_turns, _stopping.Token);
        }
    }

    /// <summary>A job by its name, or null.</summary>
    public PrefetchJob? Find(string id) => All.FirstOrDefault(job => job.Id == id);

    /// <summary>Keeps and begins a job; on return it survives a kill.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="files">Which files of it.</param>
    /// <param name="description">What was asked for, in words.</param>
    /// <param name="concurrency">Files at a time; 0 for the daemon's.</param>
    /// <exception cref="CacheException">The index cannot be written.</exception>
    public PrefetchJob Create(DataSetBlobs blobs, FileSet files, string description, int concurrency)
    {
        PrefetchJob job;
        lock (_jobs)
        {
            var order = _parts.Kept.Create(blobs.DataSet, blobs.Catalog, files, description, concurrency, _parts.Time.GetUtcNow());
            job = new PrefetchJob(new JobRow(order, null, new Dictionary<FailureKind, long>(), []), _parts);
            _jobs.Add(job);
            while (_jobs.Count(old => old.HasEnded) > JobStore.EndedKept)
            {
                _jobs.RemoveAt(_jobs.FindIndex(old => old.HasEnded));
            }
        }

        job.Start(_turns, _stopping.Token);
        return job;
    }

    /// <summary>Lets a job that has ended go on with what the store does not have.</summary>
    /// <returns>False while it has not ended.</returns>
    public bool TryRetry(PrefetchJob job) => job.TryRetry(_turns, _stopping.Token);

    /// <summary>Stops all; they go on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(All.Select(job => job.Ended)).ConfigureAwait(false);
        _stopping.Dispose();
        _turns.Dispose();
    }
}
