using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Kaggle;

/// <summary>
/// A stand-in for Kaggle on the loopback address: the one address of its API that tells where an archive is (with account, as a redirect),
/// and on another port the storage that gives it to whoever has an address that is still good.
/// </summary>
public sealed class FakeKaggle : IAsyncDisposable
{
    private readonly LoopbackServer _server;

    /// <summary>Prepares a server that does not listen yet.</summary>
    /// <param name="options">What it serves, and to whom.</param>
    public FakeKaggle(FakeKaggleOptions options)
    {
        Storage = new ArchiveStorage(options, Faults, StorageLog);
        var download = new DownloadEndpoint(options, Faults, Log, Storage);
        _server = new LoopbackServer(
            context => context.Connection.LocalPort == Storage.Address.Port ? Storage.HandleAsync(context) : download.HandleAsync(context), certificate: null, [0, 0]);
    }

    /// <summary>Where its API listens, without a path; the same after each start.</summary>
    public Uri BaseAddress => _server.Addresses[0];

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
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        Storage.Address = _server.Addresses[1];
    }

    /// <summary>Stops listening and cuts all connections, as a server that is switched off.</summary>
    public Task StopAsync() => _server.StopAsync();

    /// <summary>From now on no address is good that was given out before.</summary>
    public void ExpireAddresses() => Storage.ExpireAddresses();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
