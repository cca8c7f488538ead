using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Requests;

public sealed class RequestGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_PlacesLeft_IsAtOnce()
    {
        using var gate = new RequestGate(2, TimeProvider.System);

        using var one = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        using var two = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        Assert.False(gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Leave_ReadersAndJobsWait_ReadersGoFirstEachInTurn()
    {
        using var gate = new RequestGate(1, TimeProvider.System);
        var order = new List<string>();
        var holder = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        var all = Task.WhenAll(
            PassAsync(RequestPriority.Bulk, "job 1"), PassAsync(RequestPriority.Interactive, "reader 1"),
            PassAsync(RequestPriority.Bulk, "job 2"), PassAsync(RequestPriority.Interactive, "reader 2"));

        holder.Dispose();
        await all;

        Assert.Equal(["reader 1", "reader 2", "job 1", "job 2"], order);

        async Task PassAsync(RequestPriority priority, string name)
        {
            using var place = await gate.EnterAsync(priority, null, Token);
            order.Add(name);
        }
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LeavesTheOthersTheirTurn()
    {
        using var gate = new RequestGate(1, TimeProvider.System);
        var holder = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
        using var cancel = new CancellationTokenSource();
        var leaving = gate.EnterAsync(RequestPriority.Interactive, null, cancel.Token).AsTask();
        var staying = gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(staying.IsCompleted);
        holder.Dispose();

        (await staying).Dispose();
        (await gate.EnterAsync(RequestPriority.Bulk, null, Token)).Dispose();
    }

    [Fact]
    public async Task Enter_CancelledBefore_IsCancelledWithoutTakingAPlace()
    {
        using var gate = new RequestGate(1, TimeProvider.System);
        var holder = await gate.EnterAsync(RequestPriority.Interactive, null, Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => gate.EnterAsync(RequestPriority.Interactive, null, new CancellationToken(canceled: true)).AsTask());

        holder.Dispose();
        (await gate.EnterAsync(RequestPriority.Interactive, null, Token)).Dispose();
    }

    [Fact]
    public async Task Enter_RandomComingAndLeaving_NeverMoreThanTheLimitAndHalfForReadersAndNoPlaceIsLost()
    {
        const int Limit = 3;
        using var gate = new RequestGate(Limit, TimeProvider.System);
        var inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 300; i++)
            {
                using var cancel = new CancellationTokenSource();
                var entering = gate.EnterAsync((RequestPriority)random.Next(3), null, cancel.Token).AsTask();
                if (random.Next(3) == 0)
                {
                    await cancel.CancelAsync();
                }

                try
                {
                    using var place = await entering;
                    Assert.InRange(Interlocked.Increment(ref inside), 1, Limit + (Limit / 2));
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                }
                catch (OperationCanceledException)
                {
                    // Meant.
                }
            }
        })));

        for (var i = 0; i < Limit; i++)
        {
            Assert.True(gate.EnterAsync(RequestPriority.Bulk, null, Token).AsTask().IsCompleted);
        }
    }

    [Fact]
    public async Task Enter_JobsHoldAllPlaces_ReadersGetHalfAsManyOnTopAndJobsGiveThemBack()
    {
        using var gate = new RequestGate(4, TimeProvider.System);
        var jobs = await EnterAllAsync(gate, RequestPriority.Bulk, 4);
        var readers = await EnterAllAsync(gate, RequestPriority.Interactive, 2);
        var reader = gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask();
        var job = gate.EnterAsync(RequestPriority.Bulk, null, Token).AsTask();
        Assert.False(reader.IsCompleted);

        jobs[0].Dispose();
        (await reader).Dispose();
        jobs[1].Dispose();
        readers[0].Dispose();
        Assert.False(job.IsCompleted);
        readers[1].Dispose();

        (await job).Dispose();
    }

    [Fact]
    public async Task Enter_ReadersHoldAllPlaces_NobodyGetsMore()
    {
        using var gate = new RequestGate(4, TimeProvider.System);
        await EnterAllAsync(gate, RequestPriority.Interactive, 4);

        Assert.Equal(0, gate.Idle(RequestPriority.Interactive));
        Assert.False(gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Refused_ByAllUnderWay_HalvesOnceAndGrowsBackByOneARound()
    {
        using var gate = new RequestGate(8, TimeProvider.System);
        var together = await EnterAllAsync(gate, RequestPriority.Bulk, 8);

        together.ForEach(place => place.Refused(null));
        together.ForEach(place => place.Succeeded());
        together.ForEach(place => place.Dispose());
        Assert.Equal(4, gate.Allowed);

        using var next = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        var successes = 0;
        while (gate.Allowed < 8)
        {
            next.Succeeded();
            successes++;
        }

        Assert.InRange(successes, 4 + 5 + 6 + 7, 30);
    }

    [Fact]
    public async Task Refused_AgainAndAgain_KeepsOne()
    {
        using var gate = new RequestGate(8, TimeProvider.System);
        for (var i = 0; i < 10; i++)
        {
            using var place = await gate.EnterAsync(RequestPriority.Interactive, null, Token);
            place.Refused(null);
        }

        Assert.Equal(1, gate.Allowed);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(100_000, 120)]
    public async Task Refused_WithAPause_EverybodyWaitsThatLong(int asked, int waited)
    {
        var time = new ManualTime();
        using var gate = new RequestGate(8, time);
        using (var place = await gate.EnterAsync(RequestPriority.Bulk, null, Token))
        {
            place.Refused(TimeSpan.FromSeconds(asked));
        }

        var reader = gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask();
        var job = gate.EnterAsync(RequestPriority.Bulk, null, Token).AsTask();
        Assert.Equal(TimeSpan.FromSeconds(waited), gate.PausedFor);
        time.Advance(TimeSpan.FromSeconds(waited - 1));
        Assert.False(reader.IsCompleted || job.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        (await reader).Dispose();
        (await job).Dispose();
        Assert.Equal(TimeSpan.Zero, gate.PausedFor);
    }

    [Theory]
    [InlineData(1.9, 8)] // nobody waits long
    [InlineData(2.1, 4)]
    public async Task Answered_MuchLaterThanUsual_Halves(double seconds, int allowed)
    {
        using var gate = new RequestGate(8, TimeProvider.System);
        using var place = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        place.Answered(TimeSpan.FromMilliseconds(100));

        place.Answered(TimeSpan.FromSeconds(seconds));

        Assert.Equal(allowed, gate.Allowed);
    }

    [Fact]
    public async Task Answered_AlwaysSlowly_IsUsual()
    {
        using var gate = new RequestGate(8, TimeProvider.System);
        using var place = await gate.EnterAsync(RequestPriority.Bulk, null, Token);

        Enumerable.Range(0, 50).ToList().ForEach(i => place.Answered(TimeSpan.FromSeconds(3 + (i % 3))));

        Assert.Equal(8, gate.Allowed);
    }

    [Fact]
    public async Task Urgent_WhileAJobWaits_GoesBeforeOtherJobs()
    {
        using var gate = new RequestGate(1, TimeProvider.System);
        var urgent = new TaskCompletionSource();
        var holder = await gate.EnterAsync(RequestPriority.Bulk, null, Token);
        var other = gate.EnterAsync(RequestPriority.Bulk, null, Token).AsTask();
        var hurried = gate.EnterAsync(RequestPriority.Bulk, urgent.Task, Token).AsTask();

        urgent.SetResult();
        holder.Dispose();

        var place = await hurried;
        Assert.Equal(RequestPriority.Interactive, place.Priority);
        Assert.False(other.IsCompleted);
        place.Dispose();
        (await other).Dispose();
    }

    private static async Task<List<RequestPlace>> EnterAllAsync(RequestGate gate, RequestPriority priority, int count)
    {
        var places = new List<RequestPlace>();
        for (var i = 0; i < count; i++)
        {
            places.Add(await gate.EnterAsync(priority, null, Token));
        }

        return places;
    }
}
