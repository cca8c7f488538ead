using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Tests.Verify;

public sealed class EvictionsTests
{
    private static readonly string Image = VerifyRun.Images[2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EvictAll_SpoolWithOneHeld_LeavesThatAndTakesNoneFromTheStore()
    {
        await using var run = await VerifyRun.StartAsync();
        Assert.True(run.Spool.TryFind(run.SpoolKeyOf(Image), out var held));
        held.Pin();

        var result = new Evictions(run.Spool, run.Store).EvictAll();

        Assert.Equal((5, 1, 0), (result.Evicted, result.Held, result.Objects));
        Assert.Equal(1, run.Spool.Count().Blobs);
        Assert.True(result.Bytes > 0);
        Assert.Equal(6, run.Store.Objects.Count);
        held.Unpin();
    }

    [Fact]
    public async Task Evict_OneFile_ComesBackFromTheStore()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Origin.Fetched.Clear();

        var result = await new Evictions(run.Spool, run.Store).EvictAsync(run.Blobs, [run.File(Image)], fromStore: false, Token);

        Assert.Equal((1, 0), (result.Evicted, result.Held));
        Assert.False(run.Spool.TryFind(run.SpoolKeyOf(Image), out _));
        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], await run.ReadAsync(Image));
        Assert.Empty(run.Origin.Fetched);
    }

    [Fact]
    public async Task EvictFromStore_OneFile_IsFetchedFromTheOriginAgain()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Origin.Fetched.Clear();

        var result = await new Evictions(run.Spool, run.Store).EvictAsync(run.Blobs, [run.File(Image)], fromStore: true, Token);

        Assert.Equal((1, 1, 1002), (result.Evicted, result.Objects, result.ObjectBytes));
        Assert.False(run.Store.Objects.ContainsKey(VerifyRun.Key(Image)));
        Assert.Equal(BlobState.Unknown, run.Blobs.StateOf(run.File(Image)));
        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], await run.ReadAsync(Image));
        Assert.Equal([VerifyRun.Key(Image)], run.Origin.Fetched);
    }
}
