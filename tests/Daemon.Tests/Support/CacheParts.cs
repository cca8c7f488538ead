using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>The parts of a daemon below its mounts and its API, over an origin and a store in memory.</summary>
internal sealed class CacheParts : IAsyncDisposable
{
    public static readonly DataSetDefinition Definition = DataSetDefinition.Find(new DataSetId("mimic-cxr-jpg", "2.1.0"))!;

    private readonly CancellationTokenSource _stopping = new();
    private readonly UploadQueue _uploads;
    private readonly CacheIndex _index;
    private readonly IndexDatabase _database;
    private readonly IOrigin _origin;
    private readonly IObjectStore _store;
    private readonly TimeProvider _time;

    /// <summary>Starts in a folder, which may hold what an earlier run left.</summary>
    /// <param name="folder">Index and spool.</param>
    /// <param name="origin">The origin.</param>
    /// <param name="store">The store.</param>
    /// <param name="time">The clock of jobs and surveys.</param>
    public CacheParts(TemporaryFolder folder, MemoryOrigin origin, IObjectStore store, TimeProvider? time = null)
    {
        (_origin, _store, _time) = (origin, store, time ?? TimeProvider.System);
        var database = _database = IndexDatabase.Open(folder["index.db"], out _);
        _index = new CacheIndex(database, NullLogger.Instance);
        Spool = new Spool(folder["spool"], 64 << 20, Counters, TimeProvider.System, NullLogger.Instance);
        _uploads = new UploadQueue(store, Spool, concurrency: 2, Counters, TimeProvider.System, NullLogger.Instance);
        var fetcher = new BlobFetcher(origin, store, claims: null, MismatchPolicy.AcceptRepeatable, Counters, NullLogger.Instance);
        // Nothing ahead of what a test reads.
        var transfers = new TransferTable(Spool, fetcher, _uploads, _time, NullLogger.Instance, _stopping.Token);
        var mover = new BlobMover(origin, store, claims: null, MismatchPolicy.AcceptRepeatable, new MoveMemory(96 << 20), Counters, TimeProvider.System, NullLogger.Instance);
        Cache = new BlobCache(Spool, transfers, new MoveTable(mover, _stopping.Token), _uploads, new ReadAhead(mostFiles: 0), Counters);
        DirectorySizes = new DirectorySizes(origin, _stopping.Token);
        Survey = new StoreSurvey(store, time ?? TimeProvider.System, NullLogger.Instance, _stopping.Token);
        DataSets = new DataSets(
            new CatalogDatabase(database, folder["catalogs"], NullLogger.Instance), _index, Spool, Cache, Survey, MismatchPolicy.AcceptRepeatable, TimeProvider.System, _stopping.Token);
    }

    public CacheCounters Counters { get; } = new();

    public Spool Spool { get; }

    public BlobCache Cache { get; }

    public DirectorySizes DirectorySizes { get; }

    public StoreSurvey Survey { get; }

    public DataSets DataSets { get; }

    /// <summary>The data set as the origin's lists tell it.</summary>
    public Task<OpenDataSet> OpenAsync() => DataSets.OpenAsync(Definition, TestContext.Current.CancellationToken);

    /// <summary>The jobs that the index remembers; none runs before <see cref="Jobs.Resume"/>. Disposed by the caller, before these parts.</summary>
    public Jobs NewJobs(int concurrency = 4, Func<int, int>? first = null) => new(new JobParts
    {
        OpenAsync = async (definition, token) => (await DataSets.OpenAsync(definition, token)).Blobs,
        Cache = Cache,
        Origin = _origin,
        Store = _store,
        Kept = new JobStore(_database, NullLogger.Instance),
        Concurrency = concurrency,
        First = first ?? (_ => 0),
        Time = _time,
        Logger = NullLogger.Instance,
    });

    /// <summary>Ends as the daemon does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _uploads.DisposeAsync();
        await _index.DisposeAsync();
        Spool.Dispose();
        _stopping.Dispose();
    }
}
