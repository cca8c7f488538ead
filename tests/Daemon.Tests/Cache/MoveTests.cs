using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>Blobs that jobs bring into the store through memory.</summary>
public sealed class MoveTests : IDisposable
{
    private const string Small = "files/small.jpg";
    private const string Empty = "files/empty.txt";
    private const string Large = "files/large.dcm";
    private const int MoveMemory = 24 << 20;
    private static readonly byte[] SmallBytes = CacheHarness.Bytes(1_500_000);
    private static readonly byte[] LargeBytes = CacheHarness.Bytes((2 * IObjectParts.PartLength) + 12_345, seed: 2);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Small, SmallBytes), (Empty, []), (Large, LargeBytes));
    private readonly FailingStore _store = new();

    public static TheoryData<string> Files => [Small, Empty, Large];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task FetchIntoStore_FileOfAnySize_IsStoredWithItsChecksumAndNothingStaysHere(string name)
    {
        await using var cache = NewCache();
        var empty = cache.Spool.UsedBytes;

        await cache.Cache.FetchIntoStoreAsync(cache.Blob(name), Token);

        var (bytes, note) = _store.Objects[CacheHarness.Key(name)];
        Assert.Equal(_origin.Files[CacheHarness.Key(name)], bytes);
        Assert.Equal(new ObjectNote(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), false), note);
        Assert.Equal(BlobState.Stored, cache.Blobs.StateOf(cache.File(name)));
        Assert.Equal(1, _origin.Fetches(CacheHarness.Key(name)));
        Assert.Equal((0, 0, empty), (cache.Memory.UsedBytes, _store.PartsUnderWay, cache.Spool.UsedBytes));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task FetchIntoStore_Again_AsksNobody(string name)
    {
        await using (var cache = NewCache())
        {
            await cache.Cache.FetchIntoStoreAsync(cache.Blob(name), Token);
        }

        await using var restarted = NewCache();
        _store.Down = true;
        await restarted.Cache.FetchIntoStoreAsync(restarted.Blob(name), Token);

        Assert.Equal(1, _origin.Fetches(CacheHarness.Key(name)));
    }

    [Fact]
    public async Task FetchIntoStore_ManyAtOnceLargerThanTheMemory_AllArrive()
    {
        var names = Enumerable.Range(0, 12).Select(i => $"files/many{i}.dcm").ToArray();
        foreach (var (i, name) in names.Index())
        {
            _origin.Files[CacheHarness.Key(name)] = CacheHarness.Bytes(IObjectParts.PartLength + 100_000 + i, seed: i);
        }

        await using var cache = NewCache();
        await Task.WhenAll(names.Select(name => cache.Cache.FetchIntoStoreAsync(cache.Blob(name), Token)));

        Assert.All(names, name => Assert.Equal(_origin.Files[CacheHarness.Key(name)], _store.Objects[CacheHarness.Key(name)].Bytes));
        Assert.Equal(0, cache.Memory.UsedBytes);
    }

    [Fact]
    public async Task FetchIntoStore_ReadersAreServed_StoresNothingBeforeTheyHaveBeen()
    {
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _origin.ReadersServed = served.Task;
        await using var cache = NewCache();

        var moving = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);
        await _origin.YieldsBegan.Task.WaitAsync(Token);
        Assert.Equal(0, _store.Puts);
        served.SetResult();
        await moving;

        Assert.Equal(SmallBytes, _store.Objects[CacheHarness.Key(Small)].Bytes);
    }

    [Fact]
    public async Task FetchIntoStore_AReaderWaitsForTheMoveItself_IsStoredWhateverOtherReadersDo()
    {
        _origin.ReadersServed = new TaskCompletionSource().Task;
        await using var cache = NewCache();
        var moving = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);
        await _origin.YieldsBegan.Task.WaitAsync(Token);

        var read = cache.ReadAsync(Small);

        Assert.Equal(SmallBytes, await read);
        await moving;
    }

    [Fact]
    public async Task FetchIntoStore_DamagedOnce_StoresTheRightBytes()
    {
        _origin.Next(CacheHarness.Key(Small), CacheHarness.Damaged(SmallBytes, at: 700_000));
        await using var cache = NewCache();

        await cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);

        Assert.Equal(SmallBytes, _store.Objects[CacheHarness.Key(Small)].Bytes);
        Assert.Equal((1, 2), (_store.Puts, _origin.Fetches(CacheHarness.Key(Small))));
    }

    [Fact]
    public async Task FetchIntoStore_DamagedDifferentlyEachTime_FailsAndStoresNothing()
    {
        _origin.Next(CacheHarness.Key(Small), CacheHarness.Damaged(SmallBytes, at: 1));
        _origin.Next(CacheHarness.Key(Small), CacheHarness.Damaged(SmallBytes, at: 2));
        await using var cache = NewCache();

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token));

        Assert.Equal(CacheError.Damaged, error.Error);
        Assert.Empty(_store.Objects);
        Assert.Equal(0, cache.Memory.UsedBytes);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task FetchIntoStore_OriginRepeatsWhatItsListDenies_IsStoredAndMarked(string name)
    {
        var other = CacheHarness.Damaged(_origin.Files[CacheHarness.Key(name)], at: 5);
        await using var cache = NewCache();
        _origin.Files[CacheHarness.Key(name)] = other;

        await cache.Cache.FetchIntoStoreAsync(cache.Blob(name), Token);

        var (bytes, note) = _store.Objects[CacheHarness.Key(name)];
        Assert.Equal(other, bytes);
        Assert.True(note.OriginDisagrees);
        Assert.Equal(1, cache.Blobs.Disagreements);
        Assert.Equal(0, _store.PartsUnderWay);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task FetchIntoStore_OriginRepeatsAndThatIsAnError_FailsAndStoresNothing(string name)
    {
        await using var cache = NewCache(MismatchPolicy.Error);
        _origin.Files[CacheHarness.Key(name)] = CacheHarness.Damaged(_origin.Files[CacheHarness.Key(name)], at: 5);

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.Cache.FetchIntoStoreAsync(cache.Blob(name), Token));

        Assert.Equal(CacheError.Damaged, error.Error);
        Assert.Empty(_store.Objects);
        Assert.Equal((0, 0), (_store.PartsUnderWay, cache.Memory.UsedBytes));
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task FetchIntoStore_CancelledWhileTheStoreTakesIt_LeavesNothing(string name)
    {
        var gate = new TaskCompletionSource();
        _store.PutGate = gate.Task;
        await using var cache = NewCache();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var blob = cache.Blob(name);

        var job = cache.Cache.FetchIntoStoreAsync(blob, stop.Token);
        var move = Assert.IsType<Move>(blob.Move);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => move.Completion);
        Assert.Empty(_store.Objects);
        Assert.Equal((0, 0), (_store.PartsUnderWay, cache.Memory.UsedBytes));
    }

    [Fact]
    public async Task FetchIntoStore_OneOfTwoJobsCancelled_TheOtherGetsIt()
    {
        var pause = _origin.NextPauses(CacheHarness.Key(Small), SmallBytes, after: 10_000);
        await using var cache = NewCache();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), stop.Token);
        var second = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);
        await pause.Reached.Task;

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        pause.GoOn.SetResult();
        await second;

        Assert.Equal(1, _origin.Fetches(CacheHarness.Key(Small)));
    }

    [Fact]
    public async Task Read_WhileASmallFileIsMoved_WaitsAndComesFromTheStore()
    {
        var pause = _origin.NextPauses(CacheHarness.Key(Small), SmallBytes, after: 10_000);
        await using var cache = NewCache();
        var job = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);
        await pause.Reached.Task;

        var read = cache.ReadAsync(Small);
        pause.GoOn.SetResult();

        Assert.Equal(SmallBytes, await read);
        await job;
        Assert.Equal((1, 1), (_origin.Fetches(CacheHarness.Key(Small)), _store.Fetches));
    }

    [Fact]
    public async Task Read_WhileAMoveWaitsForTheStore_ComesFromTheOrigin()
    {
        await using var cache = NewCache();
        _store.Down = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var job = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), stop.Token);

        Assert.Equal(SmallBytes, await cache.ReadAsync(Small));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
    }

    [Fact]
    public async Task Read_WhileAMoveWaitsForItsTurn_IsFetchedAtOnceAndStoredAllTheSame()
    {
        await using var cache = NewCache();
        var room = await cache.Memory.ReserveAsync(MoveMemory, Token);
        var job = cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token);

        Assert.Equal(SmallBytes, await cache.ReadAsync(Small));

        await job;
        Assert.Equal(SmallBytes, _store.Objects[CacheHarness.Key(Small)].Bytes);
        Assert.Equal(1, _origin.Fetches(CacheHarness.Key(Small)));
        room.Dispose();
    }

    [Fact]
    public async Task Read_WhileALargeFileIsMoved_GetsTheRightBytes()
    {
        await using var cache = NewCache();
        var job = cache.Cache.FetchIntoStoreAsync(cache.Blob(Large), Token);

        Assert.Equal(LargeBytes, await cache.ReadAsync(Large));

        await job;
        await cache.SettledAsync(Large);
        Assert.Equal(LargeBytes, _store.Objects[CacheHarness.Key(Large)].Bytes);
    }

    [Fact]
    public async Task FetchIntoStore_LargerThanTheSpoolAndRead_ArrivesAllTheSame()
    {
        await using var cache = new CacheHarness(_folder, _origin, _store, new() { MoveMemory = MoveMemory, SpoolLimit = 4 << 20 });

        var read = await Assert.ThrowsAsync<CacheException>(() => cache.ReadAsync(Large));
        await cache.Cache.FetchIntoStoreAsync(cache.Blob(Large), Token);

        Assert.Equal(CacheError.NoRoom, read.Error);
        Assert.Equal(LargeBytes, _store.Objects[CacheHarness.Key(Large)].Bytes);
    }

    [Fact]
    public async Task FetchIntoStore_OriginRefuses_SaysSo()
    {
        _origin.NextFails(CacheHarness.Key(Small), OriginError.AgreementNotSigned);
        await using var cache = NewCache();

        var error = await Assert.ThrowsAsync<OriginException>(() => cache.Cache.FetchIntoStoreAsync(cache.Blob(Small), Token));

        Assert.Equal(OriginError.AgreementNotSigned, error.Error);
        Assert.Equal(0, cache.Memory.UsedBytes);
    }

    private CacheHarness NewCache(MismatchPolicy onMismatch = MismatchPolicy.AcceptRepeatable) => new(_folder, _origin, _store, new() { MoveMemory = MoveMemory, OnMismatch = onMismatch });
}
