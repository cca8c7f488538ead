using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>The cache of one run, over a scripted origin and a store; a second one in the same folder is a restart.</summary>
internal sealed class CacheHarness : IAsyncDisposable
{
    public static readonly DataSetId DataSet = new("mimic-cxr-jpg", "2.1.0");

    private readonly CancellationTokenSource _stopping = new();
    private readonly CacheIndex _index;
    private readonly OriginClaims? _claims;

    public CacheHarness(TemporaryFolder folder, ScriptedOrigin origin, IObjectStore store, Setup? setup = null)
    {
        setup ??= new Setup();
        var time = setup.Time;
        var database = IndexDatabase.Open(folder["index.db"], out _);
        _index = new CacheIndex(database, NullLogger.Instance);
        Spool = new Spool(setup.SpoolFolder ?? folder["spool"], setup.SpoolLimit, Counters, time, NullLogger.Instance);
        Uploads = new UploadQueue(store, Spool, concurrency: 2, Counters, time, NullLogger.Instance);
        _claims = setup.Shared ? new OriginClaims(store, time, NullLogger.Instance) : null;
        var fetcher = new BlobFetcher(origin, store, _claims, setup.OnMismatch, Counters, NullLogger.Instance);
        var transfers = new TransferTable(Spool, fetcher, Uploads, time, NullLogger.Instance, _stopping.Token);
        var mover = new BlobMover(origin, store, _claims, setup.OnMismatch, Memory, Counters, time, NullLogger.Instance);
        Cache = new BlobCache(Spool, transfers, new MoveTable(mover, _stopping.Token), Uploads, new ReadAhead(mostFiles: 0), Counters);
        var catalogs = new CatalogDatabase(database, folder["catalogs"], NullLogger.Instance);
        Blobs = new DataSetBlobs(DataSet, catalogs.Load(DataSet) ?? catalogs.Save(DataSet, Catalog(origin)), Spool, _index, setup.OnMismatch);
        // What the store has is what the index lists; how that comes about is StoreSurveyTests' matter.
        Blobs.MarkSurveyed();
    }

    public CacheCounters Counters { get; } = new();

    public MoveMemory Memory { get; } = new(24 << 20);

    public Spool Spool { get; }

    public UploadQueue Uploads { get; }

    public BlobCache Cache { get; }

    public DataSetBlobs Blobs { get; }

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

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
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

        public TimeProvider Time { get; init; } = TimeProvider.System;
    }
}
