using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class BlobCacheTests : IDisposable
{
    private const string Name = "files/a.jpg";
    private static readonly string Key = CacheHarness.Key(Name);
    private static readonly byte[] Right = CacheHarness.Bytes(600_000);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Name, Right));
    private readonly FailingStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_HundredAtOnce_FetchOnce()
    {
        await using var cache = Cache();
        var pause = _origin.NextPauses(Key, Right, after: 100_000);

        var readers = Enumerable.Range(0, 100).Select(_ => Task.Run(() => cache.ReadAsync(Name))).ToList();
        await pause.Reached.Task;
        pause.GoOn.SetResult();

        Assert.All(await Task.WhenAll(readers), bytes => Assert.Equal(Right, bytes));
        Assert.Equal(1, _origin.Fetches(Key));
        Assert.Equal(1, cache.Counters.OriginFetches);
    }

    [Fact]
    public async Task Read_WhileItArrives_GetsWhatIsThere()
    {
        await using var cache = Cache();
        var pause = _origin.NextPauses(Key, Right, after: 300_000);

        Assert.Equal(Right[..200_000], await cache.ReadRangeAsync(cache.Blob(Name), 0, 200_000));
        Assert.Equal(Right.Length, await cache.Cache.GetLengthAsync(cache.Blob(Name), Token));
        pause.GoOn.SetResult();

        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Fact]
    public async Task Read_AReaderLeaves_TheOthersReadOn()
    {
        await using var cache = Cache();
        var pause = _origin.NextPauses(Key, Right, after: 100_000);
        using var cancel = new CancellationTokenSource();
        var leaving = cache.Cache.WaitAsync(cache.Blob(Name), 500_000, 10, cancel.Token);
        var staying = cache.ReadAsync(Name);
        await pause.Reached.Task;

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        pause.GoOn.SetResult();

        Assert.Equal(Right, await staying);
        Assert.Equal(1, _origin.Fetches(Key));
    }

    [Fact]
    public async Task Read_Again_ComesFromTheSpool()
    {
        await using var cache = Cache();
        // Nobody reads along while it arrives.
        await cache.Cache.FetchIntoStoreAsync(cache.Blob(Name), Token);

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(0, cache.Counters.SpoolHits); // what brought it there
        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(1, cache.Counters.SpoolHits);
        Assert.Equal(1, _origin.AllFetches);
    }

    [Fact]
    public async Task Read_AfterRestart_ComesFromTheSpool()
    {
        await ReadInAnEarlierRunAsync();

        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(1, _origin.AllFetches);
        Assert.Equal(0, _store.Fetches);
    }

    [Fact]
    public async Task Read_SpoolEmptiedAndOriginGone_ComesFromTheStore()
    {
        await ReadInAnEarlierRunAsync();
        Directory.Delete(_folder["spool"], recursive: true);
        _origin.Files.Clear();
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(1, _store.Fetches);
        Assert.Equal(1, cache.Counters.StoreHits);
    }

    [Theory]
    [InlineData(true)] // its file is removed
    [InlineData(false)] // its file is cut
    public async Task Read_SpoolFileSpoiltByHand_IsFetchedAgain(bool removed)
    {
        await ReadInAnEarlierRunAsync();
        await using var cache = Cache();
        var path = Directory.GetFiles(_folder["spool/blobs"]).Single();
        if (removed)
        {
            File.Delete(path);
        }
        else
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(1000);
        }

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(1, cache.Spool.Count().Blobs);
        Assert.InRange(cache.Spool.UsedBytes, Right.Length, Right.Length + 100_000);
    }

    [Fact]
    public async Task Read_Failed_IsNotTriedAgainForAWhile()
    {
        var time = new ManualTime();
        await using var cache = Cache(new() { Time = time });
        _origin.NextFails(Key, OriginError.NotFound);

        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<OriginException>(() => cache.ReadAsync(Name));
        }

        Assert.Equal(1, _origin.Fetches(Key));
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Fact]
    public async Task Read_FailedAsAWhole_LeavesNothing()
    {
        await using var cache = Cache();
        var empty = cache.Spool.UsedBytes;
        _origin.NextFails(Key, OriginError.AgreementNotSigned);

        await Assert.ThrowsAsync<OriginException>(() => cache.ReadAsync(Name));

        Assert.Equal(empty, cache.Spool.UsedBytes);
        Assert.Empty(Directory.GetFiles(_folder["spool/blobs"]));
        Assert.Empty(Directory.GetFiles(_folder["spool/partial"]));
        Assert.Empty(_store.Objects);
    }

    [Fact]
    public async Task Read_DamagedPrefixWasRead_ThatReaderFailsAndANewOneGetsTheRightBytes()
    {
        await using var cache = Cache();
        var replaced = new List<int>();
        cache.Blobs.Replaced += replaced.Add;
        var pause = _origin.NextPauses(Key, CacheHarness.Damaged(Right, at: 10), after: 300_000);
        var old = cache.Blob(Name);
        await cache.ReadRangeAsync(old, 0, 1000);
        pause.GoOn.SetResult();

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(old, 500_000, 100_000));

        Assert.Equal(CacheError.Replaced, error.Error);
        Assert.Equal([cache.File(Name)], replaced);
        Assert.NotSame(old, cache.Blob(Name));
        Assert.Equal(Right, await cache.ReadAsync(Name));
        await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(old, 0, 10));
        Assert.Equal(2, _origin.Fetches(Key));
        await cache.SettledAsync(Name);
        Assert.Equal(Right, _store.Objects[Key].Bytes);
    }

    [Fact]
    public async Task Read_DamageBehindWhatWasRead_IsNotNoticed()
    {
        await using var cache = Cache();
        var pause = _origin.NextPauses(Key, CacheHarness.Damaged(Right, at: 400_000), after: 300_000);
        var blob = cache.Blob(Name);
        await cache.ReadRangeAsync(blob, 0, 1000);
        pause.GoOn.SetResult();

        Assert.Equal(Right, await cache.ReadAsync(blob));
        Assert.Same(blob, cache.Blob(Name));
    }

    [Fact]
    public async Task Read_EmptyFile_IsEmpty()
    {
        await using var cache = new CacheHarness(_folder, CacheHarness.OriginOf(("empty", [])), _store);

        Assert.Empty(await cache.ReadAsync("empty"));
        Assert.True(cache.Blobs.TryGetSize(0, out var size));
        Assert.Equal(0, size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128 * 1024)]
    [InlineData((128 * 1024) + 1)]
    [InlineData(300_000)]
    public async Task Read_AnyLength_IsWhole(int length)
    {
        var bytes = CacheHarness.Bytes(length);
        await using var cache = new CacheHarness(_folder, CacheHarness.OriginOf(("a", bytes)), _store);

        Assert.Equal(bytes, await cache.ReadAsync("a"));
        Assert.Empty(await cache.ReadRangeAsync(cache.Blob("a"), length, 10));
        Assert.Equal(bytes[^1..], await cache.ReadRangeAsync(cache.Blob("a"), length - 1, 10));
    }

    [Fact]
    public async Task FetchIntoStore_NotThere_BringsItThere()
    {
        await using var cache = Cache();

        await cache.Cache.FetchIntoStoreAsync(cache.Blob(Name), Token);
        await cache.Cache.FetchIntoStoreAsync(cache.Blob(Name), Token);

        Assert.Equal(Right, _store.Objects[Key].Bytes);
        Assert.Equal(1, _origin.AllFetches);
        Assert.Equal((1L, (long)Right.Length), cache.Blobs.Stored);
    }

    [Fact]
    public async Task DirectorySizes_OneWhoAskedLeaves_TheOthersShareThePage()
    {
        await using var cache = Cache();
        var gate = new TaskCompletionSource();
        _origin.PageGate = gate.Task;
        var sizes = new DirectorySizes(_origin, Token);
        using var cancel = new CancellationTokenSource();
        var leaving = sizes.GetAsync(cache.Blobs, cache.File(Name), cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        var staying = sizes.GetAsync(cache.Blobs, cache.File(Name), Token);
        gate.SetResult();

        Assert.Equal(Right.Length, await staying);
        Assert.Equal(1, _origin.DirectoryPages);
    }

    private CacheHarness Cache(CacheHarness.Setup? setup = null) => new(_folder, _origin, _store, setup);

    private async Task ReadInAnEarlierRunAsync()
    {
        await using var first = Cache();
        await first.ReadAsync(Name);
        await first.SettledAsync(Name);
    }
}
