using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>Brings a list of files into the store, a bounded number at a time, after whatever readers want.</summary>
internal sealed class PrefetchJob(string id, DataSetBlobs blobs, BlobCache cache, IReadOnlyList<int> files, int concurrency)
{
    /// <summary>Enough to see what is wrong; the number of all failures is counted.</summary>
    private const int FailuresKept = 20;

    private readonly List<JobFailure> _failures = []; // under itself
    private volatile JobState _state = JobState.Queued;
    private long _filesDone;
    private long _bytesDone;
    private long _filesFailed;

    /// <summary>Its name.</summary>
    public string Id => id;

    /// <summary>Whether it will do nothing more.</summary>
    public bool HasEnded => _state > JobState.Running;

    /// <summary>Where it stands now.</summary>
    public JobProgress Progress
    {
        get
        {
            lock (_failures)
            {
                return new JobProgress(
                    id, _state, Interlocked.Read(ref _filesDone), files.Count, Interlocked.Read(ref _bytesDone), Interlocked.Read(ref _filesFailed), [.. _failures]);
            }
        }
    }

    /// <summary>Runs to the end. Failures of single files do not end it; what would fail every file does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _state = JobState.Running;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = stop.Token };
        try
        {
            await Parallel.ForEachAsync(files, options, async (file, token) => await FetchAsync(file, stop, token).ConfigureAwait(false)).ConfigureAwait(false);
            _state = _filesFailed == 0 ? JobState.Done : JobState.Failed;
        }
        catch (OperationCanceledException)
        {
            _state = cancellationToken.IsCancellationRequested ? JobState.Cancelled : JobState.Failed;
        }
    }

    private async Task FetchAsync(int file, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        try
        {
            await cache.FetchIntoStoreAsync(blobs.Get(file), cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _filesDone);
            Interlocked.Add(ref _bytesDone, blobs.TryGetSize(file, out var size) ? size : 0);
        }
#pragma warning disable CA1031 // Whatever it was, it is one file's failure; a job must not end without a state.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _filesFailed);
            lock (_failures)
            {
                if (_failures.Count < FailuresKept)
                {
                    _failures.Add(new JobFailure(blobs.Catalog.Path(blobs.Catalog.NodeOf(file)), e.Message));
                }
            }

            if (e is OriginException { Error: OriginError.NotSignedIn or OriginError.AgreementNotSigned or OriginError.AgentRefused or OriginError.CertificateRefused })
            {
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
