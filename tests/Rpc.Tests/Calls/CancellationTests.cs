using Grpc.Core;

namespace MimicCxr.Rpc.Tests.Calls;

/// <summary>Calls that are given up, by either side's clock or will.</summary>
public sealed class CancellationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task Token_Cancelled_ReachesTheServer(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        using var cancellation = new CancellationTokenSource();
        using var call = new Echo.EchoClient(channel).Wait(new EchoRequest(), cancellationToken: cancellation.Token);
        var reading = call.ResponseStream.MoveNext(Cancel);
        await server.Service.WaitBegunAsync(Cancel);

        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => reading);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await server.Service.WaitCancelledAsync(Cancel);
        Assert.Empty(server.Logs.Errors);
    }

    [Fact]
    public async Task Dispose_WhileTheServerWorks_ReachesTheServer()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var call = new Echo.EchoClient(channel).Wait(new EchoRequest(), cancellationToken: Cancel);
        await server.Service.WaitBegunAsync(Cancel);

        call.Dispose();

        await server.Service.WaitCancelledAsync(Cancel);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task MoveNext_ItsTokenCancelled_GivesTheCallUp()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var cancellation = new CancellationTokenSource();
        using var call = new Echo.EchoClient(channel).Wait(new EchoRequest(), cancellationToken: Cancel);
        var reading = call.ResponseStream.MoveNext(cancellation.Token);
        await server.Service.WaitBegunAsync(Cancel);

        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => reading)).StatusCode);
        await server.Service.WaitCancelledAsync(Cancel);
    }

    [Fact]
    public async Task Token_CancelledBefore_NeverReachesTheServer()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal("", server.Service.LastPeer);
    }

    [Fact]
    public async Task Deadline_Passes_BothSidesStop()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var client = new Echo.EchoClient(channel);

        // The connection stands before the clock starts, so that the call reaches the server.
        await client.SayAsync(new EchoRequest(), cancellationToken: Cancel);
        using var call = client.Wait(new EchoRequest(), deadline: DateTime.UtcNow.AddSeconds(1), cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await server.Service.WaitCancelledAsync(Cancel);
        Assert.Empty(server.Logs.Errors);
    }

    [Fact]
    public async Task Deadline_PassedBefore_IsDeadlineExceeded()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), deadline: DateTime.UtcNow.AddSeconds(-1), cancellationToken: Cancel));

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task Deadline_FarAway_TheServerKnowsIt()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var deadline = DateTime.UtcNow.AddHours(5);

        await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), deadline: deadline, cancellationToken: Cancel);

        Assert.InRange(server.Service.LastDeadline, deadline.AddMinutes(-1), deadline.AddMinutes(1));
    }

    [Fact]
    public async Task Deadline_None_TheServerSeesNone()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), cancellationToken: Cancel);

        Assert.Equal(DateTime.MaxValue, server.Service.LastDeadline);
    }
}
