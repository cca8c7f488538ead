using Google.Protobuf;
using Grpc.Core;
using MimicCxr.Rpc.Client;

namespace MimicCxr.Rpc.Tests.Calls;

/// <summary>Calls that fail.</summary>
public sealed class ErrorTests
{
    private const string Detail = "Zugriff verweigert: 签署协议 100%\nsecond line";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unary_RpcException_GivesCodeDetailAndTrailers()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Echo.EchoClient(channel).SayAsync(
            new EchoRequest { FailCode = (int)StatusCode.PermissionDenied, Text = Detail }, cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(new Status(StatusCode.PermissionDenied, Detail), error.Status);
        Assert.Equal("asked", error.Trailers.GetValue("x-reason"));
        Assert.Equal(error.Status, call.GetStatus());
        Assert.Empty(server.Logs.Errors);
    }

    [Fact]
    public async Task ServerStream_RpcExceptionAfterMessages_ComesAfterThem()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("tcp");
        using var call = new Echo.EchoClient(channel).Repeat(
            new EchoRequest { Count = 3, FailCode = (int)StatusCode.DataLoss, Text = Detail }, cancellationToken: Cancel);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));

        Assert.Equal(new Status(StatusCode.DataLoss, Detail), error.Status);
        Assert.Equal("asked", error.Trailers.GetValue("x-reason"));
    }

    [Fact]
    public async Task ClientStream_ServerRefusesEarly_BothSidesOfTheCallSayWhy()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Echo.EchoClient(channel).Collect(cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(new EchoRequest { FailCode = (int)StatusCode.InvalidArgument, Text = "no" }, Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        var written = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new EchoRequest(), Cancel));

        Assert.Equal(new Status(StatusCode.InvalidArgument, "no"), error.Status);
        Assert.Equal(new Status(StatusCode.InvalidArgument, "no"), written.Status);
    }

    [Fact]
    public async Task Unary_OtherException_IsInternalWithoutDetailsAndLogged()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new EchoRequest { Crash = true, Text = "secret path" }, cancellationToken: Cancel));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        var logged = Assert.Single(server.Logs.Errors);
        Assert.Contains("/mimiccxr.rpctest.v1.Echo/Say", logged, StringComparison.Ordinal);
        Assert.Contains("secret path", logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_RequestAboveTheLimit_IsResourceExhausted()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = 10_000);
        using var channel = server.Channel("unix");
        var client = new Echo.EchoClient(channel);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.SayAsync(new EchoRequest { Data = ByteString.CopyFrom(new byte[20_000]) }, cancellationToken: Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Contains("10000 bytes", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("still here", (await client.SayAsync(new EchoRequest { Text = "still here" }, cancellationToken: Cancel)).Text);
    }

    [Fact]
    public async Task ServerStream_ResponseAboveTheLimit_IsResourceExhausted()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Echo.EchoClient(channel).Download(new DownloadRequest { Size = 5_000_000, Count = 1 }, cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Unary_UnknownService_IsUnimplemented()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var marshaller = Marshallers.Create<EchoRequest>((_, context) => context.Complete([]), _ => new EchoRequest());
        var method = new Method<EchoRequest, EchoRequest>(MethodType.Unary, "no.such.Service", "Method", marshaller, marshaller);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Cancel), new EchoRequest()));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task Unary_NobodyListens_IsUnavailableAndNamesTheSocket()
    {
        var path = Path.Combine(Path.GetTempPath(), $"none-{Guid.NewGuid():N}.sock");
        using var channel = GrpcChannel.ForUnixSocket(path);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), cancellationToken: Cancel));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal($"Cannot connect to unix:{path}: there is no such socket. The daemon may not be running.", error.Status.Detail);
    }

    [Fact]
    public async Task ClientStream_NobodyListens_WriteSaysUnavailable()
    {
        using var channel = GrpcChannel.ForUnixSocket(Path.Combine(Path.GetTempPath(), $"none-{Guid.NewGuid():N}.sock"));
        using var call = new Echo.EchoClient(channel).Chat(cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new EchoRequest(), Cancel));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task ServerStream_ServerStops_EndsUnavailable()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Echo.EchoClient(channel).Wait(new EchoRequest(), cancellationToken: Cancel);
        var reading = call.ResponseStream.MoveNext(Cancel);
        await server.Service.WaitBegunAsync(Cancel);

        await server.StopAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => reading);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Empty(server.Logs.Errors);
    }

    [Fact]
    public void GetStatus_CallHasNotEnded_Throws()
    {
        using var channel = GrpcChannel.ForAddress(new Uri("http://192.0.2.1:1"));
        using var call = new Echo.EchoClient(channel).Chat(cancellationToken: Cancel);

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
    }
}
