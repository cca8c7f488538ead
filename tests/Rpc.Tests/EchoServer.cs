using System.Net;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MimicCxr.Rpc.Client;
using MimicCxr.Rpc.Hosting;
using MimicCxr.Rpc.Server;
using MimicCxr.Rpc.Services;

namespace MimicCxr.Rpc.Tests;

/// <summary>A real server on a unix socket and on TCP, with channels to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app, string directory, RecordedLogs logs)
    {
        _app = app;
        Directory = directory;
        Logs = logs;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Address = new Uri(addresses.First(a => a.StartsWith("http://127.", StringComparison.Ordinal)));
    }

    public required EchoService Service { get; init; }

    public required HealthService Health { get; init; }

    public RecordedLogs Logs { get; }

    public string SocketPath => Path.Combine(Directory, "daemon.sock");

    public Uri Address { get; }

    private string Directory { get; }

    public static async Task<EchoServer> StartAsync(Action<GrpcServerOptions>? configure = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("rpc").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        var logs = new RecordedLogs();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUnixSocket(Path.Combine(directory, "daemon.sock"));
        builder.WebHost.UseTcp(new IPEndPoint(IPAddress.Loopback, 0));
        builder.Services.AddRpc(configure);
        var app = builder.Build();
        var service = new EchoService();
        var health = new HealthService();
        app.MapGrpc(Echo.BindService(service));
        app.MapGrpc(Grpc.Health.V1.Health.BindService(health));
        app.MapGrpc(ServerReflection.BindService(new ReflectionService([Echo.Descriptor, Grpc.Health.V1.Health.Descriptor])));
        await app.StartAsync();
        return new EchoServer(app, directory, logs) { Service = service, Health = health };
    }

    /// <summary>A channel of a transport: "unix" or "tcp".</summary>
    public GrpcChannel Channel(string transport) =>
        transport == "unix" ? GrpcChannel.ForUnixSocket(SocketPath) : GrpcChannel.ForAddress(Address);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Service.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
