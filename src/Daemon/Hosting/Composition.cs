using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Kaggle;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Telemetry;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Daemon.Verify;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Hosting;

/// <summary>The parts of a running daemon, put together.</summary>
internal sealed class Composition : IAsyncDisposable
{
    private const int UploadsAtATime = 8;

    /// <summary>A folder puts all of them on the disk together, twice a second.</summary>
    private const int FilesAtATimeIntoFolder = 2048;

    private const int OriginRequestsBeforeStall = 2;

    /// <summary>Bytes in memory on their way to the store: twelve parts, which is what leaves the whole daemon under 300 MB.</summary>
    private const long MoveMemoryLimit = 96 << 20;

    /// <summary>How long programs that have files open may read on after the end was asked for.</summary>
    private static readonly TimeSpan OpenFilesGrace = TimeSpan.FromSeconds(30);

    /// <summary>How long the start waits for a store that does not answer.</summary>
    private static readonly TimeSpan StoreCheckLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly BackgroundWork _background = new();
    private readonly HttpOrigin _origin;
    private readonly Dictionary<DataSetDefinition, HttpOrigin> _kaggle = [];
    private readonly List<ArchiveOrigin> _archives = [];
    private readonly CacheIndex _index;
    private readonly OriginClaims? _claims;
    private readonly Unpacker _unpacker;
    private readonly ILogger _layerLog;

    public Composition(DaemonOptions options, IReadOnlyDictionary<string, string> environment, ILoggerFactory loggers, TimeProvider time)
    {
        Options = options;
        Time = time;
        var database = IndexDatabase.Open(options.State.Index, out var setAside);
        if (setAside is not null)
        {
            loggers.CreateLogger("Index").LogWarning("The index could not be used and was moved aside to {Path}; it is made again from list files and store.", setAside);
        }

        _index = new CacheIndex(database, loggers.CreateLogger("Index"));
        _origin = NewOrigin(options, environment, OriginCounters, time);
        Origins = new DataSetOrigins(
            _origin,
            DataSetDefinition.All.Where(definition => definition.IsArchive).ToDictionary(
                definition => definition.Id.ToString(), definition => (IOrigin)NewArchive(definition, environment, loggers.CreateLogger("Archive"))));
        Store = options.Bucket is { } bucket
            ? new S3ObjectStore(
                // A job keeps twice as many files under way as there are requests to the origin.
                bucket with { Concurrency = (2 * options.Concurrency) + UploadsAtATime }, [.. DataSetDefinition.Names.Select(name => name + "/")], time)
            : new FolderObjectStore(options.StoreDirectory);
        Spool = new Spool(options.SpoolDirectory, options.SpoolSize, CacheCounters, time, loggers.CreateLogger("Spool"));
        Uploads = new UploadQueue(Store, Spool, options.Bucket is null ? FilesAtATimeIntoFolder : UploadsAtATime, CacheCounters, time, loggers.CreateLogger("Uploads"));
        var cacheLog = loggers.CreateLogger("Cache");
        _claims = options.Shared ? new OriginClaims(Store, time, cacheLog) : null;
        var fetcher = new BlobFetcher(Origins, Store, _claims, options.OnMismatch, CacheCounters, cacheLog);
        var transfers = new TransferTable(Spool, fetcher, Uploads, _background, time, cacheLog, _stopping.Token);
        var moveLog = loggers.CreateLogger("Moves");
        var copy = _origin is MirrorOrigin mirror && Bucket is { } copying && options.Mirror!.Address.IsAtServiceOf(options.Bucket!.Address)
            ? new MirrorCopy(mirror, copying, options.Mirror.RequesterPays, moveLog)
            : null;
        var mover = new BlobMover(Origins, Store, _claims, copy, options.OnMismatch, new MoveMemory(MoveMemoryLimit), CacheCounters, time, moveLog);
        var partial = new PartialReads(Origins, _background, time, _stopping.Token);
        Cache = new BlobCache(Spool, transfers, partial, new MoveTable(mover, _stopping.Token), Uploads, new ReadAhead(options.Concurrency * 2), CacheCounters);
        VerifyParts = new VerifyParts(Store, Spool, Cache, options.OnMismatch);
        Evictions = new Evictions(Spool, Store);
        DirectorySizes = new DirectorySizes(Origins, _stopping.Token);
        Survey = new StoreSurvey(Store, _background, time, loggers.CreateLogger("Survey"), _stopping.Token);
        _unpacker = new Unpacker(Spool, Cache, _index, _background, CacheCounters, time, loggers.CreateLogger("Unpacking"), _stopping.Token);
        Reports = new ReportLayers(
            options.Reports,
            _origin,
            Cache,
            _unpacker,
            (definition, token) => DataSets!.OpenAsync(definition, token),
            options.State.Archives,
            time,
            loggers.CreateLogger("Reports"),
            _stopping.Token);
        var catalogs = new CatalogDatabase(database, options.State.Catalogs, loggers.CreateLogger("Catalog"));
        DataSets = new DataSets(
            catalogs,
            _index,
            Spool,
            Cache,
            Survey,
            options.OnMismatch,
            LayersOf,
            time,
            _stopping.Token);
        _layerLog = loggers.CreateLogger("Selections");
        ImageTables = new ImageTables(
            async (definition, token) => (await DataSets.OpenAsync(definition, token).ConfigureAwait(false)).Blobs, Cache, options.State.Catalogs, loggers.CreateLogger("Tables"), _stopping.Token);
        Selections = new SelectionStore(database, time);
        Jobs = new Jobs(new JobParts
        {
            OpenAsync = async (definition, token) => (await DataSets.OpenAsync(definition, token).ConfigureAwait(false)).Blobs,
            Cache = Cache,
            Origin = Origins,
            Store = Store,
            Kept = new JobStore(database, loggers.CreateLogger("Jobs")),
            Concurrency = options.Concurrency,
            First = options.Shared ? Random.Shared.Next : _ => 0,
            Time = time,
            Logger = loggers.CreateLogger("Jobs"),
        });
        var mountOptions = new FuseMountOptions
        {
            AllowOther = options.AllowOther,
            ReadMode = options.ReadMode,
            ParkedReadLimit = options.IoTimeout,
        };
        Mounts = new Mounts(Cache, DirectorySizes, mountOptions, options.SpoolSize, loggers.CreateLogger("Mount"));
    }

    public DaemonOptions Options { get; }

    public TimeProvider Time { get; }

    public OriginCounters OriginCounters { get; } = new();

    /// <summary>Where the files of each data set come from.</summary>
    public DataSetOrigins Origins { get; }

    /// <summary>Where the files of the data set come from that is served when a request names none.</summary>
    public IOrigin Origin => Origins.Of(Options.DataSet.Id.ToString());

    /// <summary>The budget of requests there; where that is a file, of those to PhysioNet.</summary>
    public RequestGate OriginGate => _kaggle.GetValueOrDefault(Options.DataSet, _origin).Gate;

    public CacheCounters CacheCounters { get; } = new();

    public CollectorPauses CollectorPauses { get; } = CollectorPauses.OfThisProcess;

    public IObjectStore Store { get; }

    /// <summary>The store where it is a bucket; null where it is a folder.</summary>
    public S3ObjectStore? Bucket => Store as S3ObjectStore;

    public Spool Spool { get; }

    public UploadQueue Uploads { get; }

    public BlobCache Cache { get; }

    public DirectorySizes DirectorySizes { get; }

    public StoreSurvey Survey { get; }

    public VerifyParts VerifyParts { get; }

    public Evictions Evictions { get; }

    public DataSets DataSets { get; }

    public ReportLayers Reports { get; }

    public ImageTables ImageTables { get; }

    public SelectionStore Selections { get; }

    public Jobs Jobs { get; }

    public Mounts Mounts { get; }

    /// <summary>Finds out whether the store can be used: a wrong bucket should be told at the start, a network that is down not stop it.</summary>
    /// <returns>A warning for the user, or null.</returns>
    /// <exception cref="StartException">The store will never work like this.</exception>
    public async Task<string?> CheckStoreAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StoreCheckLimit);
        try
        {
            return await Store.CheckAsync(limit.Token).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.Error is StoreError.OutOfReach or StoreError.BadAnswer)
        {
            return $"{e.Message} Files are read from the origin and stored when the store answers.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{Store.Url} does not answer. Files are read from the origin and stored when the store answers.";
        }
        catch (StoreException e)
        {
            throw new StartException(e.Error == StoreError.NotPermitted ? ExitCode.NoPermission : ExitCode.OutOfReach, e.Message, e);
        }
    }

    /// <summary>Ends everything in order: no more jobs, no new readers, then no transfers, then what is known is written down.</summary>
    public async ValueTask DisposeAsync()
    {
        await Jobs.DisposeAsync().ConfigureAwait(false);
        await Mounts.EndAsync(OpenFilesGrace).ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _background.DisposeAsync().ConfigureAwait(false);
        _unpacker.Dispose();
        await Uploads.DisposeAsync().ConfigureAwait(false);
        if (_claims is not null)
        {
            await _claims.DisposeAsync().ConfigureAwait(false);
        }

        await _index.DisposeAsync().ConfigureAwait(false);
        Spool.Dispose();
        _origin.Dispose();
        _archives.ForEach(archive => archive.Dispose());
        foreach (var kaggle in _kaggle.Values)
        {
            kaggle.Dispose();
        }

        (Store as IDisposable)?.Dispose();
        _stopping.Dispose();
    }

    private static HttpOrigin NewOrigin(
        DaemonOptions options, IReadOnlyDictionary<string, string> environment, OriginCounters counters, TimeProvider time)
    {
        var patience = options.IoTimeout / OriginRequestsBeforeStall;
        return options.Mirror is { } mirror
            ? new MirrorOrigin(
                mirror with { Concurrency = options.Concurrency, StallTimeout = patience },
                mirror.Profile is { } profile ? S3Credentials.OfProfile(profile) : S3Credentials.OfChain(),
                counters,
                time)
            : new PhysioNetOrigin(
                new PhysioNetOptions { BaseAddress = options.Origin, UserAgent = options.UserAgent, Concurrency = options.Concurrency, StallTimeout = patience },
                new AccountSource(options.Origin.Host, options.State.Credentials, environment),
                counters,
                time);
    }

    /// <summary>A data set that is one archive: at Kaggle, or on this machine.</summary>
    private ArchiveOrigin NewArchive(DataSetDefinition definition, IReadOnlyDictionary<string, string> environment, ILogger logger)
    {
        IOrigin source;
        if (Options.Archive is { } file)
        {
            source = new FileOrigin(file);
        }
        else
        {
            var kaggle = new KaggleOrigin(
                new KaggleOptions
                {
                    Endpoint = Options.KaggleEndpoint,
                    DataSet = definition.KaggleName!,
                    Version = definition.Id.Version,
                    Concurrency = Options.Concurrency,
                    StallTimeout = Options.IoTimeout / OriginRequestsBeforeStall,
                },
                new KaggleAccountSource(environment),
                OriginCounters,
                Time);
            source = _kaggle[definition] = kaggle;
        }

        var place = new ArchivePlace(
            definition.Id.ToString(),
            definition.List,
            definition.KaggleName!,
            Path.Combine(Options.State.Archives, $"{definition.Id.Slug}-{definition.Id.Version}"));
        var archive = new ArchiveOrigin(place, source, () => DataSets?.ListSha256(definition) ?? default, Time, logger);
        _archives.Add(archive);
        return archive;
    }

    private ITreeLayer[] LayersOf(DataSetDefinition definition, DataSetBlobs blobs, CatalogNodes nodes)
    {
        var selections = new SelectionLayer(definition, blobs, nodes, Selections, ImageTables, _layerLog);
        // Not waited for: where there are selections it takes the tables, and these the data set that is being opened.
        _background.Run(() => selections.RefreshAsync(_stopping.Token));
        ITreeLayer[] reports = definition.IsArchive ? [] : [Reports.For(definition, blobs)];
        return [new UnpackedTables(definition, blobs, _unpacker), .. reports, selections];
    }
}
