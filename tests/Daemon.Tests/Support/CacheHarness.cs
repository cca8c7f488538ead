using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>
/// The parts of a daemon below its mounts and its API; a second one in the same folder is a restart. The data set is what a
/// scripted origin has (<see cref="Blobs"/>), or is opened by the lists of an origin that has them (<see cref="OpenAsync"/>).
/// </summary>
internal sealed class CacheHarness : IAsyncDisposable
{
    public static readonly DataSetDefinition Definition = DataSetDefinition.Find(new DataSetId("mimic-cxr-jpg", "2.1.0"))!;

    private readonly CancellationTokenSource _stopping = new();
    private readonly BackgroundWork _background = new();
    private readonly IndexDatabase _database;
    private readonly CatalogDatabase _catalogs;
    private readonly CacheIndex _index;
    private readonly OriginClaims? _claims;
    private readonly Unpacker _unpacker;
    private readonly IOrigin _origin;
    private readonly IObjectStore _store;
    private readonly Setup _setup;

    /// <summary>Over an origin that has lists.</summary>
    public CacheHarness(TemporaryFolder folder, IOrigin origin, IObjectStore store, Setup? setup = null)
    {
        (_origin, _store, _setup) = (origin, store, setup ?? new Setup());
        var time = _setup.Time;
        _database = IndexDatabase.Open(folder["index.db"], out _);
        _index = new CacheIndex(_database, NullLogger.Instance);
        Memory = new MoveMemory(_setup.MoveMemory);
        Spool = new Spool(_setup.SpoolFolder ?? folder["spool"], _setup.SpoolLimit, Counters, time, NullLogger.Instance);
        Uploads = new UploadQueue(store, Spool, concurrency: 2, Counters, time, NullLogger.Instance);
        _claims = _setup.Shared ? new OriginClaims(store, time, NullLogger.Instance) : null;
        var fetcher = new BlobFetcher(origin, store, _claims, _setup.OnMismatch, Counters, NullLogger.Instance);
        var transfers = new TransferTable(Spool, fetcher, Uploads, _background, _setup.JobTime, NullLogger.Instance, _stopping.Token);
        var mover = new BlobMover(origin, store, _claims, copy: null, _setup.OnMismatch, Memory, Counters, time, NullLogger.Instance);
        var partial = new PartialReads(origin, _background, _setup.JobTime, _stopping.Token);
        // Nothing ahead of what a test reads.
        Cache = new BlobCache(Spool, transfers, partial, new MoveTable(mover, _stopping.Token), Uploads, new ReadAhead(mostFiles: 0), Counters);
        DirectorySizes = new DirectorySizes(origin, _stopping.Token);
        Survey = new StoreSurvey(store, _background, _setup.JobTime, NullLogger.Instance, _stopping.Token);
        _catalogs = new CatalogDatabase(_database, folder["catalogs"], NullLogger.Instance);
        _unpacker = new Unpacker(Spool, Cache, _index, _background, Counters, _setup.JobTime, NullLogger.Instance, _stopping.Token);
        DataSets = new DataSets(
            _catalogs,
            _index,
            Spool,
            Cache,
            Survey,
            _setup.OnMismatch,
            (definition, blobs, nodes) => [
                new UnpackedTables(definition, blobs, _unpacker),
                new SelectionLayer(definition, blobs, nodes, Selections!, ImageTables!, NullLogger.Instance),
                .. _setup.MoreLayers(definition, blobs)],
            time,
            _stopping.Token);
        ImageTables = new ImageTables(
            async (definition, token) => (await DataSets.OpenAsync(definition, token)).Blobs, Cache, folder["catalogs"], NullLogger.Instance, _stopping.Token);
        Selections = new SelectionStore(_database, time);
    }

    /// <summary>Over an origin whose files are the data set.</summary>
    public CacheHarness(TemporaryFolder folder, ScriptedOrigin origin, IObjectStore store, Setup? setup = null)
        : this(folder, (IOrigin)origin, store, setup)
    {
        Blobs = new DataSetBlobs(DataSet, _catalogs.Load(DataSet) ?? _catalogs.Save(DataSet, Lists.Imported(Catalog(origin))), Spool, _index, _setup.OnMismatch);
        // What the store has is what the index lists; how that comes about is StoreSurveyTests' matter.
        Blobs.MarkSurveyed();
    }

    public static DataSetId DataSet => Definition.Id;

    public CacheCounters Counters { get; } = new();

    public MoveMemory Memory { get; }

    public Spool Spool { get; }

    public UploadQueue Uploads { get; }

    public BlobCache Cache { get; }

    public Unpacker Unpacker => _unpacker;

    public DirectorySizes DirectorySizes { get; }

    public StoreSurvey Survey { get; }

    public DataSets DataSets { get; }

    public ImageTables ImageTables { get; }

    public SelectionStore Selections { get; }

    /// <summary>The data set of a scripted origin.</summary>
    public DataSetBlobs Blobs { get; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A path at the origin and in the store.</summary>
    public static string Key(string name) => $"{DataSet}/{name}";

    /// <summary>Random bytes of a file.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The same bytes but for one.</summary>
    public static byte[] Damaged(byte[] bytes, int at, byte bits = 0x55)
    {
        var other = (byte[])bytes.Clone();
        other[at] ^= bits;
        return other;
    }

    /// <summary>An origin with these files; their checksums go into the list.</summary>
    public static ScriptedOrigin OriginOf(params (string Name, byte[] Bytes)[] files)
    {
        var origin = new ScriptedOrigin();
        foreach (var (name, bytes) in files)
        {
            origin.Files[Key(name)] = bytes;
        }

        return origin;
    }

    /// <summary>The data set as the origin's lists tell it.</summary>
    public Task<OpenDataSet> OpenAsync() => DataSets.OpenAsync(Definition, Token);

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
        Time = _setup.JobTime,
        Logger = NullLogger.Instance,
    });

    public int File(string name) => Lists.File(Blobs.Catalog, name);

    public Blob Blob(string name) => Blobs.Get(File(name));

    public Task<byte[]> ReadAsync(string name) => ReadAsync(Blob(name));

    public async Task<byte[]> ReadAsync(Blob blob)
    {
        var stream = new BlobStream(Cache, blob);
        await using (stream)
        {
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, Token);
            return bytes.ToArray();
        }
    }

    /// <summary>A range as a reader of the mount gets it: ask, wait, ask.</summary>
    public async Task<byte[]> ReadRangeAsync(Blob blob, long offset, int length)
    {
        var bytes = new byte[length];
        int count;
        while (!Cache.TryRead(blob, offset, bytes, out count))
        {
            await Cache.WaitAsync(blob, offset, length, Token);
        }

        return bytes[..count];
    }

    /// <summary>Completes when the store has what was read of a file, or it was given up.</summary>
    public Task SettledAsync(string name) => Uploads.WhenSettledAsync(Blob(name), Token);

    /// <summary>Ends as the daemon does.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _background.DisposeAsync();
        _unpacker.Dispose();
        await Uploads.DisposeAsync();
        if (_claims is not null)
        {
            await _claims.DisposeAsync();
        }

        await _index.DisposeAsync();
        Spool.Dispose();
        _stopping.Dispose();
    }

    private static CatalogSnapshot Catalog(ScriptedOrigin origin)
    {
        var list = new PathList();
        foreach (var (path, bytes) in origin.Files)
        {
            list.Add(Encoding.UTF8.GetBytes(path[(DataSet.ToString().Length + 1)..]), SHA256.HashData(bytes));
        }

        return CatalogBuilder.Build(list);
    }

    internal sealed record Setup
    {
        public long SpoolLimit { get; init; } = 64 << 20;

        public string? SpoolFolder { get; init; }

        public MismatchPolicy OnMismatch { get; init; } = MismatchPolicy.AcceptRepeatable;

        public bool Shared { get; init; }

        /// <summary>What a data set's tree shows beside the catalogue and unpacked tables.</summary>
        public Func<DataSetDefinition, DataSetBlobs, IReadOnlyList<ITreeLayer>> MoreLayers { get; init; } = (_, _) => [];

        /// <summary>Bytes of moves at a time.</summary>
        public long MoveMemory { get; init; } = 96 << 20;

        public TimeProvider Time { get; init; } = TimeProvider.System;

        /// <summary>The clock of jobs, surveys and what failed, which has pauses that tests cannot wait for.</summary>
        public TimeProvider JobTime
        {
            get => field ?? Time;
            init;
        }
    }
}
