using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class PartialReadsTests : IDisposable
{
    private const string Name = "files/a.dcm";
    private const int Length = 12_000_000;
    private const int Part = UncheckedParts.PartLength;
    private const int Header = 10_000;

    private static readonly string Key = CacheHarness.Key(Name);
    private static readonly byte[] Right = CacheHarness.Bytes(Length);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Name, Right), ("files/small.dcm", Right[..100_000]));
    private readonly MemoryStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_Beginning_FetchesOnePartAndNothingElse()
    {
        await using var cache = Cache();
        var blob = cache.Blob(Name);

        Assert.Equal(Length, await cache.Cache.GetLengthBeforeReadAsync(blob, Token));
        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(blob, 0, Header));
        Assert.Equal(Right[1000..Part], await cache.ReadRangeAsync(blob, 1000, Part - 1000));

        Assert.Equal([new FileRange(0, Part)], _origin.Parts);
        Assert.Equal(0, cache.Counters.OriginFetches);
        Assert.Null(blob.Transfer);
        Assert.Equal(0, cache.Spool.Count().Blobs);
    }

    [Fact]
    public async Task Read_ManyAtOnceOfOnePart_FetchItOnce()
    {
        await using var cache = Cache();
        var gate = new TaskCompletionSource();
        _origin.PartGate = gate.Task;

        var readers = Enumerable.Range(0, 50).Select(i => cache.ReadRangeAsync(cache.Blob(Name), i * 100, 100)).ToList();
        gate.SetResult();

        var read = await Task.WhenAll(readers);
        Assert.All(read.Index(), range => Assert.Equal(Slice(range.Index * 100, 100), range.Item));
        Assert.Single(_origin.Parts);
    }

    [Fact]
    public async Task Read_AllInOrder_BringsTheWholeOnceAndStoresIt()
    {
        await using var cache = Cache();
        var blob = cache.Blob(Name);
        var read = new List<byte>();
        while (read.Count < Length)
        {
            read.AddRange(await cache.ReadRangeAsync(blob, read.Count, 128 * 1024));
        }

        Assert.Equal(Right, read);
        Assert.Equal(2, _origin.Parts.Count);
        Assert.Equal(1, cache.Counters.OriginFetches);
        await _store.WhenStoredAsync(Key);
    }

    [Fact]
    public async Task Read_LastBytes_WaitForTheChecksumOfTheWhole()
    {
        await using var cache = Cache();
        await cache.ReadRangeAsync(cache.Blob(Name), 0, Header);
        var pause = _origin.NextPauses(Key, Right, after: Length - 1);

        var end = cache.ReadRangeAsync(cache.Blob(Name), Length - 1000, 1000);
        await pause.Reached.Task;
        Assert.False(end.IsCompleted);
        pause.GoOn.SetResult();

        Assert.Equal(Right[^1000..], await end);
        Assert.NotNull(cache.Blob(Name).Resident);
    }

    [Fact]
    public async Task Read_FarAheadOfATransferThatStandsStill_FetchesThatPart()
    {
        await using var cache = Cache();
        var pause = _origin.NextPauses(Key, Right, after: 100_000);
        var whole = cache.ReadAsync(Name);
        await pause.Reached.Task;

        Assert.Equal(Slice(9_000_000, 5000), await cache.ReadRangeAsync(cache.Blob(Name), 9_000_000, 5000));
        var near = cache.ReadRangeAsync(cache.Blob(Name), 2_000_000, 5000);
        Assert.False(near.IsCompleted);
        Assert.Single(_origin.Parts);
        pause.GoOn.SetResult();

        Assert.Equal(Slice(2_000_000, 5000), await near);
        Assert.Equal(Right, await whole);
    }

    [Fact]
    public async Task Read_AllOver_BringsTheWholeAfterSomeParts()
    {
        await using var cache = Cache();
        foreach (var part in new[] { 0, 3, 6, 9, 12, 15, 18, 21, 24, 27 })
        {
            Assert.Equal(Slice(part * Part, 10), await cache.ReadRangeAsync(cache.Blob(Name), part * Part, 10));
        }

        Assert.Equal(8, _origin.Parts.Count);
        await _store.WhenStoredAsync(Key);
    }

    [Fact]
    public async Task Read_PartWasDamaged_ItsReadersGetAnErrorAtTheEndAndNewOnesTheRightBytes()
    {
        await using var cache = Cache();
        var blob = cache.Blob(Name);
        var damaged = CacheHarness.Damaged(Right, 77);
        _origin.Files[Key] = damaged;
        Assert.Equal(damaged[..Header], await cache.ReadRangeAsync(blob, 0, Header));
        _origin.Files[Key] = Right;

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(blob, Length - 1000, 1000));

        Assert.Equal(CacheError.Replaced, error.Error);
        await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(blob, 0, Header));
        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Fact]
    public async Task Read_PartIsWhatTheWholeHas_ReadersGoOn()
    {
        await using var cache = Cache();
        var blob = cache.Blob(Name);
        await cache.ReadRangeAsync(blob, 0, Header);
        await cache.ReadRangeAsync(blob, 7_000_000, Header);

        Assert.Equal(Right[^1000..], await cache.ReadRangeAsync(blob, Length - 1000, 1000));

        Assert.Same(blob, cache.Blob(Name));
        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(blob, 0, Header));
    }

    [Fact]
    public async Task Read_FileChangesBetweenParts_IsAnErrorAndNewReadersGetOneVersion()
    {
        await using var cache = Cache();
        var old = cache.Blob(Name);
        _origin.Files[Key] = CacheHarness.Damaged(Right, 77);
        await cache.ReadRangeAsync(old, 0, Header);
        _origin.Files[Key] = Right;

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(old, 5_000_000, Header));

        Assert.Equal(CacheError.Replaced, error.Error);
        await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(old, 0, Header));
        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob(Name), 0, Header));
        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Fact]
    public async Task Read_FileChangesBetweenPartsWhileTheWholeComes_NeverMixesThem()
    {
        await using var cache = Cache();
        var old = cache.Blob(Name);
        _origin.Files[Key] = CacheHarness.Damaged(Right, 77);
        await cache.ReadRangeAsync(old, 0, Header);
        _origin.Files[Key] = Right;
        var pause = _origin.NextPauses(Key, Right, after: 100_000);
        var end = cache.ReadRangeAsync(old, Length - 1000, 1000);
        await pause.Reached.Task;

        await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(old, 9_000_000, Header));
        pause.GoOn.SetResult();

        await Assert.ThrowsAsync<CacheException>(() => end);
        Assert.NotSame(old, cache.Blob(Name));
        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(1, cache.Counters.OriginFetches);
    }

    [Fact]
    public async Task Read_LargerThanTheSpool_ItsHeaderReadsAllTheSame()
    {
        await using var cache = Cache(new CacheHarness.Setup { SpoolLimit = 1 << 20 });

        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob(Name), 0, Header));
        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadRangeAsync(cache.Blob(Name), Length - 10, 10));
        Assert.Equal(CacheError.NoRoom, error.Error);
    }

    [Fact]
    public async Task Read_PartThatWasDisplaced_IsFetchedAgain()
    {
        var names = Enumerable.Range(0, PartMemory.Capacity + 10).Select(i => $"files/{i:000}.dcm").ToList();
        var bytes = Right[..PartialReads.SmallestFile];
        var origin = CacheHarness.OriginOf([.. names.Select(name => (name, bytes))]);
        await using var cache = new CacheHarness(_folder, origin, _store);
        foreach (var name in names.Append(names[0]))
        {
            Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob(name), 0, Header));
        }

        Assert.Equal(names.Count + 1, origin.Parts.Count);
    }

    [Fact]
    public async Task Read_SmallFile_IsCheckedAsAWhole()
    {
        await using var cache = Cache();

        Assert.Equal(100_000, await cache.Cache.GetLengthBeforeReadAsync(cache.Blob("files/small.dcm"), Token));
        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob("files/small.dcm"), 0, Header));

        Assert.Equal(1, cache.Counters.OriginFetches);
    }

    [Fact]
    public async Task Read_StoreHasIt_AsksTheOriginForNothing()
    {
        _store.Objects[Key] = (Right, new ObjectNote(null, OriginDisagrees: false));
        await using var cache = Cache();
        await cache.Blobs.SetStoredAsync(cache.File(Name), Length);

        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob(Name), 0, Header));

        Assert.Equal(0, _origin.AllFetches);
    }

    [Fact]
    public async Task Read_OriginFails_IsToldAndAskedAgainOnlyAfterAWhile()
    {
        var time = new ManualTime();
        await using var cache = Cache(new CacheHarness.Setup { JobTime = time });
        _origin.Files.Remove(Key, out _);

        await Assert.ThrowsAsync<OriginException>(() => cache.ReadRangeAsync(cache.Blob(Name), 0, Header));
        await Assert.ThrowsAsync<OriginException>(() => cache.ReadRangeAsync(cache.Blob(Name), 4096, Header));
        Assert.Equal(1, _origin.AllFetches);
        _origin.Files[Key] = Right;
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(Right[..Header], await cache.ReadRangeAsync(cache.Blob(Name), 0, Header));
        Assert.Equal(0, cache.Counters.OriginFetches);
    }

    [Fact]
    public async Task Read_WhoAskedHasGone_ThePartComesForTheNext()
    {
        await using var cache = Cache();
        var gate = new TaskCompletionSource();
        _origin.PartGate = gate.Task;
        using var leave = new CancellationTokenSource();
        var gone = cache.Cache.WaitAsync(cache.Blob(Name), 0, Header, leave.Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);

        var next = cache.ReadRangeAsync(cache.Blob(Name), 0, Header);
        gate.SetResult();

        Assert.Equal(Right[..Header], await next);
        Assert.Single(_origin.Parts);
    }

    private static byte[] Slice(int offset, int length) => Right[offset..(offset + length)];

    private CacheHarness Cache(CacheHarness.Setup? setup = null) => new(_folder, _origin, _store, setup);
}
