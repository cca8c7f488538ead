using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class SpoolTests : IDisposable
{
    private const long Limit = 1 << 20;
    private const int Third = 300_000; // three fit, four do not

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly CacheCounters _counters = new();
    private Spool _spool;

    public SpoolTests() => _spool = Open();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Reserve_Full_EvictsWhatWasUsedLongestAgo()
    {
        var (a, b, c) = (await AddAsync(1), await AddAsync(2), await AddAsync(3));
        // Used in another order than they came: b is the oldest, then a.
        Read(b);
        Read(a);
        Read(c);

        await AddAsync(4);
        Assert.Equal([false, true, false], [a.IsGone, b.IsGone, c.IsGone]);
        await AddAsync(5);
        Assert.Equal([true, true, false], [a.IsGone, b.IsGone, c.IsGone]);

        Assert.Equal(2, _counters.Evictions);
        Assert.False(File.Exists(b.Path));
    }

    [Fact]
    public async Task Reserve_UsedInTheOppositeOrder_KeepsTheLastUsed()
    {
        var (a, b, c) = (await AddAsync(1), await AddAsync(2), await AddAsync(3));
        Read(c);
        Read(b);
        Read(a);

        await AddAsync(4);

        Assert.Equal([false, false, true], [a.IsGone, b.IsGone, c.IsGone]);
    }

    [Fact]
    public async Task Reserve_AllPinned_WaitsUntilOneIsNot()
    {
        var files = await AddThreeAsync();
        Array.ForEach(files, file => file.Pin());
        var waiting = _spool.ReserveAsync(Third, Task.CompletedTask, Token).AsTask();

        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(waiting.IsCompleted);
        files[1].Unpin();
        _spool.ServeWaiting();

        await waiting;
        Assert.Equal([false, true, false], files.Select(file => file.IsGone));
    }

    [Fact]
    public async Task Reserve_ReaderComesAfterJobs_GetsTheFirstRoom()
    {
        var files = await AddThreeAsync();
        Array.ForEach(files, file => file.Pin());
        var hurried = new TaskCompletionSource();
        var jobs = Enumerable.Range(0, 2).Select(_ => _spool.ReserveAsync(Third, Task.Delay(Timeout.Infinite, Token), Token).AsTask()).ToList();
        var late = _spool.ReserveAsync(Third, hurried.Task, Token).AsTask();

        hurried.SetResult();
        files[1].Unpin();
        _spool.ServeWaiting();

        await late;
        Assert.DoesNotContain(jobs, job => job.IsCompleted);
        files[0].Unpin();
        _spool.ServeWaiting();
        await jobs[0];
    }

    [Fact]
    public async Task Reserve_ReadersInTheMiddle_WaitsUntilOneIsThrough()
    {
        var files = await AddThreeAsync();
        Array.ForEach(files, file => Read(file, 1000));
        var waiting = _spool.ReserveAsync(Third, Task.CompletedTask, Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(waiting.IsCompleted);
        Read(files[2]);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        await waiting;
        Assert.Equal([false, false, true], files.Select(file => file.IsGone));
    }

    [Fact]
    public async Task Reserve_ReadersLeftInTheMiddle_AreNotWaitedForEver()
    {
        Array.ForEach(await AddThreeAsync(), file => Read(file, 1000));
        var waiting = _spool.ReserveAsync(Third, Task.CompletedTask, Token).AsTask();
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(2));

        await waiting;
    }

    [Fact]
    public async Task Reserve_OnlyUploadsHoldTheRoom_TakesItAfterPatience()
    {
        var files = await AddThreeAsync();
        foreach (var file in files)
        {
            file.Pin();
            file.IsUploadPending = file != files[0];
        }

        var waiting = _spool.ReserveAsync(Third, Task.CompletedTask, Token).AsTask();

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));

        await waiting;
        Assert.Equal([false, true, false], files.Select(file => file.IsGone));
    }

    [Fact]
    public async Task Reserve_CancelledWhileWaiting_LeavesTheTurnToTheNext()
    {
        var file = await AddAsync(1, 900_000);
        file.Pin();
        using var cancel = new CancellationTokenSource();
        var leaving = _spool.ReserveAsync(800_000, Task.CompletedTask, cancel.Token).AsTask();
        var staying = _spool.ReserveAsync(900_000, Task.CompletedTask, Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        file.Unpin();
        _spool.ServeWaiting();

        await staying;
        _spool.Release(900_000);
        Assert.InRange(_spool.UsedBytes, 0, 100_000);
    }

    [Fact]
    public async Task Reserve_FirstInLineIsCancelled_TheNextOneThatFitsIsServed()
    {
        var file = await AddAsync(1, 500_000);
        file.Pin();
        using var cancel = new CancellationTokenSource();
        var large = _spool.ReserveAsync(900_000, Task.CompletedTask, cancel.Token).AsTask();
        var small = _spool.ReserveAsync(1000, Task.CompletedTask, Token).AsTask();
        Assert.False(small.IsCompleted); // in turn, or a large file would wait for ever

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        _time.Advance(TimeSpan.FromSeconds(1));

        await small;
    }

    [Theory]
    [InlineData(Limit)]
    [InlineData(long.MaxValue / 2)]
    public async Task Reserve_LargerThanTheSpool_FailsAtOnce(long length)
    {
        var error = await Assert.ThrowsAsync<CacheException>(() => _spool.ReserveAsync(length, Task.CompletedTask, Token).AsTask());

        Assert.Equal(CacheError.NoRoom, error.Error);
        Assert.Contains("--spool-size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AfterAKill_KeepsBlobsAndDropsPartials()
    {
        await AddAsync(1);
        var used = _spool.UsedBytes;
        await _spool.ReserveAsync(1000, Task.CompletedTask, Token);
        _spool.CreatePartial(new SpoolKey(0, 2)).Dispose();
        await File.WriteAllTextAsync(_folder["spool/blobs/stranger"], "x", Token);

        using var next = Open(); // the first was never disposed: a kill

        Assert.True(next.TryFind(new SpoolKey(0, 1), out var found));
        Assert.Equal(Third, found.Length);
        Assert.Equal((1, 0), next.Count());
        Assert.Empty(Directory.GetFiles(_folder["spool/partial"]));
        Assert.Single(Directory.GetFiles(_folder["spool/blobs"]));
        Assert.Equal(used, next.UsedBytes);
    }

    [Theory]
    [InlineData(false, 0)] // the machine stopped under it
    [InlineData(true, 1)] // a clean end, then a restart of the machine
    public async Task Open_AfterAnotherBoot_TrustsOnlyACleanEnd(bool clean, int kept)
    {
        await AddAsync(1);
        if (clean)
        {
            _spool.Dispose();
        }

        await File.WriteAllTextAsync(_folder["spool/boot-id"], "another boot", Token);

        using var next = Open();

        Assert.Equal((kept, 0), next.Count());
        Assert.Equal(kept, Directory.GetFiles(_folder["spool/blobs"]).Length);
    }

    [Fact]
    public async Task Open_WithALowerLimit_EvictsDownToIt()
    {
        await AddThreeAsync();
        _spool.Dispose();

        _spool = Open(400_000);

        Assert.Equal((1, 0), _spool.Count());
        Assert.InRange(_spool.UsedBytes, Third, 400_000);
    }

    [Fact]
    public async Task Commit_SameKeyTwice_CountsItOnce()
    {
        var first = await AddAsync(1);
        var used = _spool.UsedBytes;

        var second = await AddAsync(1);

        Assert.Equal(used, _spool.UsedBytes);
        Assert.True(_spool.TryFind(new SpoolKey(0, 1), out var found));
        Assert.Same(second, found);
        Assert.NotSame(first, found);
    }

    [Fact]
    public async Task Reserve_BlobsRemovedByHand_TheirRoomIsFree()
    {
        var files = await AddThreeAsync();
        Array.ForEach(Directory.GetFiles(_folder["spool/blobs"]), File.Delete);
        Assert.All(files, file => Assert.False(file.TryRead(0, new byte[1], _spool.Open, out _)));

        await AddAsync(4);
        await AddAsync(5);
        await AddAsync(6);

        Assert.Equal(3, _spool.Count().Blobs);
        Assert.InRange(_spool.UsedBytes, 3 * Third, Limit);
    }

    private Spool Open(long limit = Limit) => new(_folder["spool"], limit, _counters, _time, NullLogger.Instance);

    private async Task<SpoolFile[]> AddThreeAsync() => [await AddAsync(1), await AddAsync(2), await AddAsync(3)];

    /// <summary>Brings a blob in as a transfer does; later than all before.</summary>
    private async Task<SpoolFile> AddAsync(int key, int length = Third)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        await _spool.ReserveAsync(length, Task.CompletedTask, Token);
        using (var handle = _spool.CreatePartial(new SpoolKey(0, (ulong)key)))
        {
            RandomAccess.Write(handle, new byte[length], 0);
        }

        var file = _spool.Commit(new SpoolKey(0, (ulong)key), length);
        file.Unpin();
        return file;
    }

    private void Read(SpoolFile file, int length = Third)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(file.TryRead(0, new byte[length], _spool.Open, out var count));
        Assert.Equal(length, count);
    }
}
