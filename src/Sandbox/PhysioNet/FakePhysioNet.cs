using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// A stand-in for physionet.org on the loopback address: its access rules, its files as nginx serves them, and faults
/// on demand. Sessions, log and faults survive <see cref="StopAsync"/> and <see cref="StartAsync"/>.
/// </summary>
public sealed class FakePhysioNet : IAsyncDisposable
{
    private readonly SessionTable _sessions;
    private readonly LoopbackServer _server;

    /// <summary>Prepares a server that does not listen yet.</summary>
    /// <param name="options">What it serves, and to whom.</param>
    public FakePhysioNet(FakePhysioNetOptions options)
    {
        _sessions = new SessionTable(options.SessionRequests);
        Certificate = options.Https ? SelfMadeCertificate.Create() : null;
        var access = new AccessRules(new PasswordCheck(options.Accounts, options.PasswordCost, Log), _sessions);
        var (files, control) = (new FilesEndpoint(options, Faults, Log, access), new ControlEndpoint(this));
        _server = new LoopbackServer(context => RouteAsync(context, files, control), Certificate, [options.Port]);
    }

    /// <summary>Where it listens, without a path; the same after each start.</summary>
    /// <exception cref="InvalidOperationException">It was never started.</exception>
    public Uri BaseAddress => _server.Addresses[0];

    /// <summary>Whether it listens.</summary>
    public bool IsRunning => _server.IsRunning;

    /// <summary>What clients have to trust; null without https.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; } = new();

    /// <summary>What was asked and answered.</summary>
    public RequestLog Log { get; } = new();

    /// <summary>Listens, on the same port as before if it was started before.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _server.StartAsync(cancellationToken);

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public Task StopAsync() => _server.StopAsync();

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
        await _server.DisposeAsync().ConfigureAwait(false);
        Certificate?.Dispose();
    }

    private static Task RouteAsync(HttpContext context, FilesEndpoint files, ControlEndpoint control)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path.StartsWith(FilesEndpoint.Prefix, StringComparison.Ordinal))
        {
            return files.HandleAsync(context);
        }

        if (path.StartsWith(ControlEndpoint.Prefix, StringComparison.Ordinal))
        {
            return control.HandleAsync(context);
        }

        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }
}
