using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class RequestGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_PlacesLeft_IsAtOnce()
    {
        var gate = new RequestGate(2);

        using var one = await gate.EnterAsync(RequestPriority.Bulk, Token);
        using var two = await gate.EnterAsync(RequestPriority.Interactive, Token);
        Assert.False(gate.EnterAsync(RequestPriority.Interactive, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Leave_ReadersAndJobsWait_ReadersGoFirstEachInTurn()
    {
        var gate = new RequestGate(1);
        var order = new List<string>();
        var holder = await gate.EnterAsync(RequestPriority.Bulk, Token);
        var all = Task.WhenAll(
            PassAsync(RequestPriority.Bulk, "job 1"), PassAsync(RequestPriority.Interactive, "reader 1"),
            PassAsync(RequestPriority.Bulk, "job 2"), PassAsync(RequestPriority.Interactive, "reader 2"));

        holder.Dispose();
        await all;

        Assert.Equal(["reader 1", "reader 2", "job 1", "job 2"], order);

        async Task PassAsync(RequestPriority priority, string name)
        {
            using var place = await gate.EnterAsync(priority, Token);
            order.Add(name);
        }
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LeavesTheOthersTheirTurn()
    {
        var gate = new RequestGate(1);
        var holder = await gate.EnterAsync(RequestPriority.Interactive, Token);
        using var cancel = new CancellationTokenSource();
        var leaving = gate.EnterAsync(RequestPriority.Interactive, cancel.Token).AsTask();
        var staying = gate.EnterAsync(RequestPriority.Interactive, Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(staying.IsCompleted);
        holder.Dispose();

        (await staying).Dispose();
        (await gate.EnterAsync(RequestPriority.Bulk, Token)).Dispose();
    }

    [Fact]
    public async Task Enter_CancelledBefore_IsCancelledWithoutTakingAPlace()
    {
        var gate = new RequestGate(1);
        var holder = await gate.EnterAsync(RequestPriority.Interactive, Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => gate.EnterAsync(RequestPriority.Interactive, new CancellationToken(canceled: true)).AsTask());

        holder.Dispose();
        (await gate.EnterAsync(RequestPriority.Interactive, Token)).Dispose();
    }

    [Fact]
    public async Task Enter_RandomComingAndLeaving_NeverMoreThanTheLimitAndNoPlaceIsLost()
    {
        const int Limit = 3;
        var gate = new RequestGate(Limit);
        var inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 300; i++)
            {
                using var cancel = new CancellationTokenSource();
                var entering = gate.EnterAsync((RequestPriority)random.Next(2), cancel.Token).AsTask();
                if (random.Next(3) == 0)
                {
                    await cancel.CancelAsync();
                }

                try
                {
                    using var place = await entering;
                    Assert.InRange(Interlocked.Increment(ref inside), 1, Limit);
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
            Assert.True(gate.EnterAsync(RequestPriority.Bulk, Token).AsTask().IsCompleted);
        }
    }
}
