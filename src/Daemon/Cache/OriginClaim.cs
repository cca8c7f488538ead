using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// An object in the store that says: this machine fetches that file from the origin. Written again and again until it is
/// disposed, which removes it: a claim that stands still is of a machine that died.
/// </summary>
internal sealed class OriginClaim : IAsyncDisposable
{
    /// <summary>How often it is written again.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(5);

    private readonly IObjectStore _store;
    private readonly string _key;
    private readonly ReadOnlyMemory<byte> _content;
    private readonly Action<OriginClaim> _removed;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lazy<Task> _removing;
    private readonly Task _renewing;

    /// <summary>Looks after an object that was just created.</summary>
    /// <param name="store">Where it stands.</param>
    /// <param name="key">Its key.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="removed">Called when it is gone.</param>
    /// <param name="time">Measures when to write it again.</param>
    /// <param name="logger">Told what the store refuses.</param>
    public OriginClaim(
        IObjectStore store, string key, ReadOnlyMemory<byte> content, Action<OriginClaim> removed, TimeProvider time, ILogger logger)
    {
        _store = store;
        _key = key;
        _content = content;
        _removed = removed;
        _logger = logger;
        _removing = new Lazy<Task>(RemoveAsync);
        _renewing = RenewAsync(time);
    }

    /// <summary>The fetch is over and its object stored, or it failed: others need not wait any more.</summary>
    public ValueTask DisposeAsync() => new(_removing.Value);

    private async Task RemoveAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        _ended.Dispose();
        using var limit = new CancellationTokenSource(RemovalLimit);
        try
        {
            await _store.DeleteAsync([_key], limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            // Others find out by themselves that it stands still.
            _logger.LogDebug("A claim could not be removed: {Reason}", e.Message);
        }

        _removed(this);
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Renewal, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
            {
                await TryRenewAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task TryRenewAsync()
    {
        try
        {
            await _store.PutAsync(_key, new(_content), new ObjectNote(null, false), overwrite: true, RequestPriority.Ahead, _ended.Token).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            // At worst another machine takes the file over, and the store takes one of two uploads.
            _logger.LogDebug("A claim could not be renewed: {Reason}", e.Message);
        }
    }
}
