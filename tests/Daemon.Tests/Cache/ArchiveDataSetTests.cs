using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>A data set that is one archive, with spool, store and index; a second run is a restart.</summary>
public sealed class ArchiveDataSetTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryStore _store = new();
    private Kaggle _kaggle = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kaggle = await Kaggle.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _kaggle.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_FirstTime_HasTheArchivesTreeAndExactSizes()
    {
        await using var run = new Run(this);
        var blobs = (await run.OpenAsync()).Blobs;

        Assert.Equal(_kaggle.Members.Keys.Append("CRC32SUMS.txt").Order(StringComparer.Ordinal), Paths(blobs));
        Assert.All(_kaggle.Members, member => Assert.True(blobs.TryGetSize(Lists.File(blobs.Catalog, member.Key), out var size) && size == member.Value.Length));
    }

    [Fact]
    public async Task Read_EveryFile_IsTheMembersAndAfterARestartWithoutTheOriginToo()
    {
        await using (var run = new Run(this))
        {
            await run.AssertAllReadAsync();
            await run.StoredAsync();
        }

        Directory.Delete(_folder["spool"], recursive: true);
        await _kaggle.Server.StopAsync();
        await using var again = new Run(this);

        await again.AssertAllReadAsync();
    }

    [Fact]
    public async Task Prefetch_All_BringsEveryFileIntoTheStoreOnce()
    {
        await using var run = new Run(this);
        var blobs = (await run.OpenAsync()).Blobs;
        _kaggle.Server.StorageLog.Clear();

        await run.StoredAsync();

        Assert.All(_kaggle.Members, member => Assert.Equal(member.Value, _store.Objects[Kaggle.Ask(member.Key)].Bytes));
        Assert.Equal(_kaggle.Members.Count, _kaggle.Server.StorageLog.Entries.Count);
        Assert.Equal(blobs.Catalog.FileCount, blobs.Stored.Objects);
    }

    [Fact]
    public async Task Restart_IndexLostAndAnotherEditionPublished_ReadsWhatIsStoredAndNothingOfTheNew()
    {
        var stored = _kaggle.Members.First();
        var missing = _kaggle.Members.Last().Key;
        await using (var run = new Run(this))
        {
            var blobs = (await run.OpenAsync()).Blobs;
            await run.Parts.Cache.FetchIntoStoreAsync(blobs.Get(Lists.File(blobs.Catalog, stored.Key)), Token);
            await run.Parts.Cache.FetchIntoStoreAsync(blobs.Get(Lists.File(blobs.Catalog, "CRC32SUMS.txt")), Token);
        }

        File.Delete(_folder["index.db"]);
        Directory.Delete(_folder["catalogs"], recursive: true);
        Directory.Delete(_folder["spool"], recursive: true);
        _kaggle.WriteArchive(seed: 2);
        await using var again = new Run(this);

        Assert.Equal(stored.Value, await again.ReadAsync(stored.Key));
        var failure = await Assert.ThrowsAsync<OriginException>(() => again.ReadAsync(missing));
        Assert.Equal(OriginError.AnotherEdition, failure.Error);
    }

    [Fact]
    public async Task Read_ObjectInTheStoreChanged_ComesFromTheArchiveAndIsWrittenOver()
    {
        var (name, bytes) = _kaggle.Members.First();
        await using (var run = new Run(this))
        {
            await run.StoredAsync();
        }

        ChangeObject(Kaggle.Ask(name), CacheHarness.Damaged(bytes, bytes.Length / 2));
        await using var again = new Run(this);

        Assert.Equal(bytes, await again.ReadAsync(name));
        await again.SettledAsync(name);
        Assert.Equal(bytes, _store.Objects[Kaggle.Ask(name)].Bytes);
    }

    [Fact]
    public async Task Read_DamagedOnTheWay_NobodyReadsItToTheEnd()
    {
        await using var run = new Run(this);
        await run.OpenAsync();
        var name = _kaggle.Members.First().Key;
        _kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.VaryingBytes, Path = "/archive" });

        var failure = await Assert.ThrowsAsync<OriginException>(() => run.ReadAsync(name));

        Assert.Equal(OriginError.Damaged, failure.Error);
        Assert.Equal(FailureKind.Damaged, Verdict.Of(failure).Kind);
    }

    private void ChangeObject(string key, byte[] bytes) => _store.Objects[key] = (bytes, _store.Objects[key].Note);

    private static string[] Paths(DataSetBlobs blobs) =>
        [.. Enumerable.Range(0, blobs.Catalog.FileCount).Select(file => blobs.Catalog.Path(blobs.Catalog.NodeOf(file))).Order(StringComparer.Ordinal)];

    /// <summary>A run of the daemon.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly Kaggle _kaggle;
        private readonly ArchiveOrigin _origin;

        public Run(ArchiveDataSetTests test)
        {
            _kaggle = test._kaggle;
            _kaggle.Imported = () => Parts?.DataSets.ListSha256(Kaggle.Definition) ?? default;
            _origin = _kaggle.Origin();
            Parts = new CacheHarness(test._folder, _origin, test._store);
        }

        public CacheHarness Parts { get; }

        public Task<OpenDataSet> OpenAsync() => Parts.DataSets.OpenAsync(Kaggle.Definition, Token);

        public async Task<byte[]> ReadAsync(string name)
        {
            var blobs = (await OpenAsync()).Blobs;
            return await Parts.ReadAsync(blobs.Get(Lists.File(blobs.Catalog, name)));
        }

        public async Task AssertAllReadAsync()
        {
            foreach (var (name, bytes) in _kaggle.Members)
            {
                Assert.Equal(bytes, await ReadAsync(name));
            }
        }

        public async Task SettledAsync(string name)
        {
            var blobs = (await OpenAsync()).Blobs;
            await Parts.Uploads.WhenSettledAsync(blobs.Get(Lists.File(blobs.Catalog, name)), Token);
        }

        /// <summary>Brings all files into the store.</summary>
        public async Task StoredAsync()
        {
            var blobs = (await OpenAsync()).Blobs;
            await Task.WhenAll(Enumerable.Range(0, blobs.Catalog.FileCount).Select(file => Parts.Cache.FetchIntoStoreAsync(blobs.Get(file), Token)));
        }

        public ValueTask DisposeAsync() => Parts.DisposeAsync();
    }
}
