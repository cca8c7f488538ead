using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>Pauses that the origin asks for.</summary>
public sealed class PauseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429, 7, 7)]
    [InlineData(503, 7, 7)]
    [InlineData(503, 100_000, 120)] // the longest that is waited for
    public async Task Fetch_AskedToWait_WaitsThatLong(int status, int asked, int waited)
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        var origin = net.Origin(time: time);
        await FetchAsync(origin, "a");
        net.Log.Clear();
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = status, RetryAfterSeconds = asked, TotalTimes = 1 });

        var fetch = FetchAsync(origin, "a");
        await time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(waited));
        time.Advance(TimeSpan.FromSeconds(waited - 1));
        Assert.Single(net.Log.Entries);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(bytes, await fetch);
        Assert.Equal(2, net.Log.Entries.Count);
    }

    [Fact]
    public async Task Fetch_AskedToWaitForOneFile_AllOthersWaitToo()
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        var bytes = net.Write("b", 10, seed: 2);
        var origin = net.Origin(time: time);
        await FetchAsync(origin, "b");
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, RetryAfterSeconds = 7, Path = "*/a", TotalTimes = 1 });
        var refused = FetchAsync(origin, "a");
        await time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(7));
        net.Log.Clear();

        var other = FetchAsync(origin, "b");
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(other.IsCompleted);
        Assert.Empty(net.Log.Entries);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(bytes, await other);
        await refused;
    }

    private static async Task<byte[]> FetchAsync(PhysioNetOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(PhysioNet.Ask(name), sink, RequestPriority.Interactive, Token);
        return sink.Bytes;
    }
}
