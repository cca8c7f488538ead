using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Listens on the loopback address, with the parts of Kestrel alone: a host would listen to the signals of the process it is a guest in.
/// </summary>
/// <param name="handle">Answers each request.</param>
/// <param name="certificate">For https; null without.</param>
/// <param name="ports">Where; for 0 a free one is taken, and kept over stop and start.</param>
internal sealed class LoopbackServer(RequestDelegate handle, X509Certificate2? certificate, int[] ports) : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private Uri[]? _addresses;
    private WebApplication? _parts;

    /// <summary>Where it listens, one address a port, without a path.</summary>
    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public IReadOnlyList<Uri> Addresses => _addresses ?? throw new InvalidOperationException("The server was never started.");

    /// <summary>Whether it listens.</summary>
    public bool IsRunning => _parts is not null;

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            throw new InvalidOperationException("The server is running.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel).UseSockets(
            // Next to no buffer: what was written has left when the write returns, so a reset takes none of it back.
            transport => transport.MaxWriteBufferSize = 1);
        var parts = builder.Build();
        try
        {
            var server = parts.Services.GetRequiredService<IServer>();
            await server.StartAsync(this, cancellationToken).ConfigureAwait(false);
            _addresses = [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(address => new Uri(address))];
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _parts = parts;
    }

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public async Task StopAsync()
    {
        if (_parts is { } parts)
        {
            // A cancelled token: no grace for requests that are being answered.
            await parts.Services.GetRequiredService<IServer>().StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await parts.DisposeAsync().ConfigureAwait(false);
            _parts = null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(StopAsync());

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context) => handle(context);

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private void ConfigureKestrel(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        // Slow readers are part of the tests.
        options.Limits.MinResponseDataRate = null;
        options.Limits.MinRequestBodyDataRate = null;
        foreach (var port in _addresses?.Select(address => address.Port) ?? ports)
        {
            options.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        }
    }
}
