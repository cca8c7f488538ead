using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Requests;

/// <summary>Jobs that stand still while readers are served.</summary>
public sealed class YieldTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Yield_ReaderIsServed_JobsStandStillUntilAMomentAfterItLeft()
    {
        var time = new ManualTime();
        using var gate = new RequestGate(4, time);
        using var job = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        using var ahead = await gate.EnterAsync(RequestPriority.Ahead, null, Token);
        Assert.True(job.YieldAsync(Token).IsCompleted);
        var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);

        var yielding = job.YieldAsync(Token);
        Assert.False(yielding.IsCompleted);
        Assert.True(ahead.YieldAsync(Token).IsCompleted);
        reader.Dispose();
        Assert.False(yielding.IsCompleted);
        time.Advance(Standstill.AfterReaders);

        Assert.True(await yielding);
        Assert.False(await job.YieldAsync(Token));
    }

    [Fact]
    public async Task Yield_NextReaderComesWithinAMoment_JobsDoNotWakeBetween()
    {
        var time = new ManualTime();
        using var gate = new RequestGate(4, time);
        using var job = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        var yielding = job.YieldAsync(Token);

        reader.Dispose();
        time.Advance(Standstill.AfterReaders / 2);
        var next = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        time.Advance(Standstill.AfterReaders);
        Assert.False(yielding.IsCompleted);
        next.Dispose();
        time.Advance(Standstill.AfterReaders);

        await yielding;
    }

    [Fact]
    public async Task Yield_ReaderReadsForEver_JobsGoOnNowAndThen()
    {
        var time = new ManualTime();
        using var gate = new RequestGate(4, time);
        using var job = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        using var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);

        var yielding = job.YieldAsync(Token);
        time.Advance(Standstill.LongestWait);

        await yielding;
    }

    [Fact]
    public async Task Yield_ReadersNeedWhatJobsHold_JobsGoOn()
    {
        using var gate = new RequestGate(2, new ManualTime());
        using var job = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        using var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        using var second = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        var yielding = job.YieldAsync(Token);

        _ = gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask();

        await yielding;
        Assert.True(job.YieldAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task Yield_ReaderWaitsForRoom_JobsGoOn()
    {
        using var gate = new RequestGate(2, new ManualTime());
        using var job = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        using var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        var yielding = job.YieldAsync(Token);
        var room = new TaskCompletionSource();

        var held = reader.HoldUpAsync(new ValueTask(room.Task)).AsTask();
        await yielding;
        room.SetResult();
        await held;

        Assert.False(job.YieldAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task Yield_ReaderComesToWaitForTheJobsFile_ItGoesOnAndOthersStandStill()
    {
        using var gate = new RequestGate(4, new ManualTime());
        var urgent = new TaskCompletionSource();
        using var job = await gate.EnterAsync(RequestPriority.Bulk, urgent.Task, Token);
        using var other = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        using var reader = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        var yielding = job.YieldAsync(Token);

        urgent.SetResult();
        await yielding;
        reader.Dispose();

        Assert.True(job.YieldAsync(Token).IsCompleted);
        Assert.False(other.YieldAsync(Token).IsCompleted);
    }
}
