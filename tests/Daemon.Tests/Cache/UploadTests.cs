using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class UploadTests : IDisposable
{
    private const string A = "files/a.jpg";
    private const string B = "files/b.jpg";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly byte[] BytesA = CacheHarness.Bytes(600_000, seed: 1);
    private static readonly byte[] BytesB = CacheHarness.Bytes(600_000, seed: 2);
    private static readonly string KeyA = CacheHarness.Key(A);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((A, BytesA), (B, BytesB));
    private readonly FailingStore _store = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upload_StoreIsDownForAWhile_IsTriedAgainUntilItIsThere()
    {
        await using var cache = Cache();
        _store.Down = true;
        await cache.ReadAsync(A);
        var settled = cache.SettledAsync(A);

        await _time.WhenWaitingAsync(due => due == FirstPause);
        _time.Advance(FirstPause);
        await _time.WhenWaitingAsync(due => due == FirstPause * 2);
        Assert.False(settled.IsCompleted);
        Assert.Equal(1, cache.Uploads.Pending);
        Assert.Equal((1, 1), cache.Spool.Count());
        _store.Down = false;
        _time.Advance(FirstPause * 2);
        await settled;

        Assert.Equal(BytesA, _store.Objects[KeyA].Bytes);
        Assert.Equal(2, cache.Counters.UploadErrors);
        Assert.Equal(BlobState.Stored, cache.Blobs.StateOf(cache.File(A)));
        Assert.Equal((1, 0), cache.Spool.Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // rows that the kill took with it
    public async Task Upload_EndedBeforeItWasDone_IsDoneByTheNextRun(bool indexLost)
    {
        await ReadWithStoreDownAsync();
        if (indexLost)
        {
            File.Delete(_folder["index.db"]);
        }

        _store.Down = false;
        await using var cache = Cache();
        cache.Cache.RecoverUploads(cache.Blobs);
        await cache.SettledAsync(A);

        Assert.Equal(BytesA, _store.Objects[KeyA].Bytes);
        Assert.Equal(1, _origin.AllFetches);
        Assert.True(cache.Blobs.TryGetSize(cache.File(A), out var size));
        Assert.Equal(BytesA.Length, size);
    }

    [Fact]
    public async Task Recover_PendingButNotInTheSpool_IsForgotten()
    {
        await ReadWithStoreDownAsync();
        Directory.Delete(_folder["spool"], recursive: true);
        await using var cache = Cache();
        Assert.Equal(BlobState.Pending, cache.Blobs.StateOf(cache.File(A)));

        cache.Cache.RecoverUploads(cache.Blobs);

        Assert.Equal(BlobState.Unknown, cache.Blobs.StateOf(cache.File(A)));
        Assert.Equal(BytesA, await cache.ReadAsync(A));
    }

    [Fact]
    public async Task Prefetch_LeftInTheSpoolByAnEarlierRun_IsStoredEvenBeforeRecovery()
    {
        await ReadWithStoreDownAsync();
        _store.Down = false;
        await using var cache = Cache();

        await cache.Cache.FetchIntoStoreAsync(cache.Blob(A), Token);

        Assert.Equal(BytesA, _store.Objects[KeyA].Bytes);
        Assert.Equal(1, _origin.AllFetches);
    }

    [Fact]
    public async Task Prefetch_UploadEvictedWhileTheStoreIsDown_Fails()
    {
        await using var cache = Cache(limit: 1 << 20);
        _store.Down = true;
        await cache.ReadAsync(A);
        var prefetch = cache.Cache.FetchIntoStoreAsync(cache.Blob(A), Token);

        await WhileTimePassesAsync(cache.ReadAsync(B));
        _time.Advance(TimeSpan.FromMinutes(1));

        await WhileTimePassesAsync(Assert.ThrowsAsync<StoreException>(() => prefetch));
        Assert.Equal(BlobState.Unknown, cache.Blobs.StateOf(cache.File(A)));
        Assert.Equal(1, cache.Counters.UploadsAbandoned);
    }

    [Fact]
    public async Task Upload_FetchedAgainWhileTheFirstOneHangs_IsStored()
    {
        await using var cache = Cache(limit: 1 << 20);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.PutGate = gate.Task;
        await cache.ReadAsync(A);

        // B needs the room, then A again: its first upload still stands in the store's door.
        await WhileTimePassesAsync(cache.ReadAsync(B));
        await WhileTimePassesAsync(cache.ReadAsync(A));
        _store.Down = true;
        gate.SetResult();
        await _time.WhenWaitingAsync(due => due == FirstPause);
        _store.Down = false;
        await WhileTimePassesAsync(StoredAsync());

        Assert.Equal(BytesA, _store.Objects[KeyA].Bytes);

        async Task StoredAsync()
        {
            while (cache.Blobs.StateOf(cache.File(A)) != BlobState.Stored)
            {
                await cache.SettledAsync(A);
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Upload_SpoolFileRemovedByHand_IsGivenUp()
    {
        await using var cache = Cache();
        _store.Down = true;
        await cache.ReadAsync(A);
        await _time.WhenWaitingAsync(due => due == FirstPause);
        var settled = cache.SettledAsync(A);
        Array.ForEach(Directory.GetFiles(_folder["spool/blobs"]), File.Delete);

        _time.Advance(FirstPause);
        await settled;

        Assert.Equal(0, cache.Uploads.Pending);
        Assert.Equal(0, cache.Spool.Count().Pinned);
        Assert.Equal(BlobState.Unknown, cache.Blobs.StateOf(cache.File(A)));
    }

    [Fact]
    public async Task WhenSettled_NothingQueued_IsAtOnce()
    {
        await using var cache = Cache();

        Assert.True(cache.SettledAsync(A).IsCompleted);
    }

    private CacheHarness Cache(long limit = 64 << 20) => new(_folder, _origin, _store, new() { Time = _time, SpoolLimit = limit });

    private async Task ReadWithStoreDownAsync()
    {
        _store.Down = true;
        await using var first = Cache();
        await first.ReadAsync(A);
        Assert.Equal(BlobState.Pending, first.Blobs.StateOf(first.File(A)));
    }

    private async Task WhileTimePassesAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await task;
    }
}
