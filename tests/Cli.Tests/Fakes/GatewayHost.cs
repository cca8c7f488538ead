using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MimicCxr.Rpc.Hosting;
using MimicCxr.Rpc.Server;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Fakes;

/// <summary>Serves a <see cref="FakeGateway"/> on the socket of a state directory, by the real runtime.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private GatewayHost(WebApplication application) => _application = application;

    public static async Task<GatewayHost> StartAsync(FakeGateway gateway, string stateDirectory)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRpc();
        builder.WebHost.UseUnixSocket(Path.Combine(stateDirectory, "daemon.sock"));
        var application = builder.Build();
        application.MapGrpc(Gateway.BindService(gateway));
        await application.StartAsync();
        return new GatewayHost(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
