using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Kaggle;

/// <summary>
/// A stand-in for Kaggle on the loopback address: the one address of its API that tells where an archive is (with account, as a redirect),
/// and on another port the storage that gives it to whoever has an address that is still good.
/// </summary>
public sealed class FakeKaggle : IAsyncDisposable
{
    private readonly KaggleRouter _router;
    private WebApplication? _parts;
    private IServer? _server;
    private int[] _ports = [0, 0];

    /// <summary>Prepares a server that does not listen yet.</summary>
    /// <param name="options">What it serves, and to whom.</param>
    public FakeKaggle(FakeKaggleOptions options)
    {
        Storage = new ArchiveStorage(options, Faults, StorageLog);
        _router = new KaggleRouter(new DownloadEndpoint(options, Faults, Log, Storage), Storage, () => _ports[1]);
    }

    /// <summary>Where its API listens, without a path; the same after each start.</summary>
    public Uri BaseAddress => AddressOf(_ports[0]);

    /// <summary>What goes wrong: with the API at its path, with the storage at /archive.</summary>
    public FaultPlan Faults { get; } = new();

    /// <summary>What the API was asked and answered.</summary>
    public RequestLog Log { get; } = new();

    /// <summary>What the storage was asked and answered.</summary>
    public RequestLog StorageLog { get; } = new();

    private ArchiveStorage Storage { get; }

    /// <summary>Listens, on the same ports as before if it was started before.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            Array.ForEach(_ports, port => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1));
        }).UseSockets(
            // Next to no buffer: what was written has left when the write returns, so a reset takes none of it back.
            transport => transport.MaxWriteBufferSize = 1);
        var parts = builder.Build();
        var server = parts.Services.GetRequiredService<IServer>();
        await server.StartAsync(_router, cancellationToken).ConfigureAwait(false);
        _ports = [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address).Port)];
        Storage.Address = AddressOf(_ports[1]);
        (_parts, _server) = (parts, server);
    }

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public async Task StopAsync()
    {
        if (_server is not null && _parts is not null)
        {
            await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await _parts.DisposeAsync().ConfigureAwait(false);
            (_parts, _server) = (null, null);
        }
    }

    /// <summary>From now on no address is good that was given out before.</summary>
    public void ExpireAddresses() => Storage.ExpireAddresses();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static Uri AddressOf(int port) => new($"http://127.0.0.1:{port}");

    private sealed class KaggleRouter(DownloadEndpoint download, ArchiveStorage storage, Func<int> storagePort) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) =>
            context.Connection.LocalPort == storagePort() ? storage.HandleAsync(context) : download.HandleAsync(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
