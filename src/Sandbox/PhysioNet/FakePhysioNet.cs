using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// A stand-in for physionet.org on the loopback address: its access rules, its files as nginx serves them, and faults
/// on demand. Sessions, log and faults survive <see cref="StopAsync"/> and <see cref="StartAsync"/>.
/// </summary>
public sealed class FakePhysioNet : IAsyncDisposable
{
    private readonly FakePhysioNetOptions _options;
    private readonly SessionTable _sessions;
    private readonly RequestRouter _router;
    private WebApplication? _parts;
    private IServer? _server;
    private Uri? _baseAddress;

    /// <summary>Prepares a server that does not listen yet.</summary>
    /// <param name="options">What it serves, and to whom.</param>
    public FakePhysioNet(FakePhysioNetOptions options)
    {
        _options = options;
        _sessions = new SessionTable(options.SessionRequests);
        Certificate = options.Https ? SelfMadeCertificate.Create() : null;
        var access = new AccessRules(new PasswordCheck(options.Accounts, options.PasswordCost, Log), _sessions);
        _router = new RequestRouter(new FilesEndpoint(options, Faults, Log, access), new ControlEndpoint(this));
    }

    /// <summary>Where it listens, without a path; the same after each start.</summary>
    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public Uri BaseAddress => _baseAddress ?? throw new InvalidOperationException("The server was never started.");

    /// <summary>Whether it listens.</summary>
    public bool IsRunning => _server is not null;

    /// <summary>What clients have to trust; null without https.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; } = new();

    /// <summary>What was asked and answered.</summary>
    public RequestLog Log { get; } = new();

    /// <summary>Listens, on the same port as before if it was started before.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_server is not null)
        {
            throw new InvalidOperationException("The server is running.");
        }

        // Only the parts of Kestrel: a host would listen to the signals of the process it is a guest in.
        var parts = CreateParts();
        var server = parts.Services.GetRequiredService<IServer>();
        try
        {
            await server.StartAsync(_router, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _baseAddress = new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        (_parts, _server) = (parts, server);
    }

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public async Task StopAsync()
    {
        if (_server is not null && _parts is not null)
        {
            // A cancelled token: no grace for requests that are being answered.
            await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            await _parts.DisposeAsync().ConfigureAwait(false);
            (_parts, _server) = (null, null);
        }
    }

    /// <summary>Ends all sessions: the next request needs a password again.</summary>
    public void ExpireSessions() => _sessions.EndAll();

    /// <summary>Forgets the log and the faults, and releases what they hold; sessions go on.</summary>
    public void Reset()
    {
        Faults.Clear();
        Log.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Certificate?.Dispose();
    }

    private WebApplication CreateParts()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel).UseSockets(
            // Next to no buffer: what was written has left when the write returns, so a reset takes none of it back.
            transport => transport.MaxWriteBufferSize = 1);
        return builder.Build();
    }

    private void ConfigureKestrel(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        // Slow readers are part of the tests.
        options.Limits.MinResponseDataRate = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Listen(IPAddress.Loopback, _baseAddress?.Port ?? _options.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (Certificate is not null)
            {
                listen.UseHttps(Certificate);
            }
        });
    }
}
