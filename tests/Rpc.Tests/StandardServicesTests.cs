using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace MimicCxr.Rpc.Tests;

public sealed class StandardServicesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HealthCheck_ServerAsAWhole_IsNotServingUntilSet()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var client = new Health.HealthClient(channel);

        Assert.Equal(ServingStatus.NotServing, (await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancel)).Status);
        server.Health.SetStatus("", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancel)).Status);
    }

    [Fact]
    public async Task HealthCheck_UnknownService_IsNotFound()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = "x" }, cancellationToken: Cancel));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task HealthWatch_StatusChanges_TellsEachChange()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Health.HealthClient(channel).Watch(new HealthCheckRequest { Service = "x" }, cancellationToken: Cancel);

        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync());
        server.Health.SetStatus("other", ServingStatus.Serving);
        server.Health.SetStatus("x", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync());
        server.Health.SetStatus("x", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await NextAsync());

        async Task<ServingStatus> NextAsync()
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            return call.ResponseStream.Current.Status;
        }
    }

    [Fact]
    public async Task Reflection_ListServices_NamesAll()
    {
        var answer = await AskAsync(new ServerReflectionRequest { ListServices = "" });

        Assert.Equal(
            ["mimiccxr.rpctest.v1.Echo", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"],
            answer.ListServicesResponse.Service.Select(service => service.Name));
    }

    [Theory]
    [InlineData("mimiccxr.rpctest.v1.Echo")]
    [InlineData("mimiccxr.rpctest.v1.Echo.Say")]
    [InlineData("mimiccxr.rpctest.v1.EchoRequest")]
    public async Task Reflection_Symbol_GivesItsFile(string symbol)
    {
        var answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });

        var file = FileDescriptorProto.Parser.ParseFrom(Assert.Single(answer.FileDescriptorResponse.FileDescriptorProto));
        Assert.Equal("mimiccxr.rpctest.v1", file.Package);
        Assert.Equal("Echo", Assert.Single(file.Service).Name);
    }

    [Fact]
    public async Task Reflection_FileName_GivesTheFile()
    {
        var answer = await AskAsync(new ServerReflectionRequest { FileByFilename = "grpc/health/v1/health.proto" });

        Assert.Single(answer.FileDescriptorResponse.FileDescriptorProto);
    }

    [Fact]
    public async Task Reflection_UnknownSymbol_IsNotFound()
    {
        var answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "no.such.Type" });

        Assert.Equal((int)StatusCode.NotFound, answer.ErrorResponse.ErrorCode);
    }

    private static async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(question, Cancel);
        await call.RequestStream.CompleteAsync();
        return await call.ResponseStream.ReadAllAsync(Cancel).SingleAsync(Cancel);
    }
}
