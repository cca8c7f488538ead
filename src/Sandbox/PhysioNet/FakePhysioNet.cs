using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

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
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().BuildServiceProvider();
    private KestrelServer? _kestrel;
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
    public bool IsRunning => _kestrel is not null;

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
        if (_kestrel is not null)
        {
            throw new InvalidOperationException("The server is running.");
        }

        var kestrel = new KestrelServer(
            Options.Create(CreateServerOptions()),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
        try
        {
            await kestrel.StartAsync(_router, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            kestrel.Dispose();
            throw;
        }

        _baseAddress = new Uri(kestrel.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        _kestrel = kestrel;
    }

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public async Task StopAsync()
    {
        if (_kestrel is null)
        {
            return;
        }

        // A cancelled token: no grace for requests that are being answered.
        await _kestrel.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _kestrel.Dispose();
        _kestrel = null;
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
        await _services.DisposeAsync().ConfigureAwait(false);
        Certificate?.Dispose();
    }

    private KestrelServerOptions CreateServerOptions()
    {
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = _services };
        // Slow readers are part of the tests.
        options.Limits.MinResponseDataRate = null;
        options.Limits.MinRequestBodyDataRate = null;
        // No buffer: what was written has left when the write returns, so a reset after it takes none of it back.
        options.Limits.MaxResponseBufferSize = 0;
        options.Listen(IPAddress.Loopback, _baseAddress?.Port ?? _options.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (Certificate is not null)
            {
                listen.UseHttps(Certificate);
            }
        });
        return options;
    }
}
