using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Lets machines that share a store ask the origin once for a file: who is about to ask creates a small object, which
/// of several only one can, and the others wait until it is gone and the file in the store. No more than a courtesy: who cannot
/// claim, or has waited long enough, asks the origin too, and the store takes one of two uploads.
/// </summary>
internal sealed class OriginClaims(IObjectStore store, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>
    /// A claim that was not renewed (<see cref="OriginClaim.Renewal"/>) for so long, while somebody watched it, is of a machine that died. Measured by the
    /// watching machine alone: what the clocks of two machines say is never compared.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>How long a reader waits for another machine before the origin is asked for them.</summary>
    public static readonly TimeSpan ReadersPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<OriginClaim, byte> _held = new();
    private readonly byte[] _content = Encoding.UTF8.GetBytes($"{Environment.MachineName} {Environment.ProcessId}\n");

    /// <summary>Whether the origin may be asked for a file.</summary>
    /// <param name="Claim">Keeps the others from it until it is disposed; null where nothing keeps them.</param>
    /// <param name="MayBeStored">Whether the file may have come into the store in the meantime.</param>
    public readonly record struct Turn(OriginClaim? Claim, bool MayBeStored);

    /// <summary>Waits until no other machine is fetching a file, and claims it.</summary>
    /// <param name="key">The file's key in the store, where it was not found a moment ago.</param>
    /// <param name="hasReaders">Whether somebody waits for it; asked again and again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Turn> WaitForTurnAsync(string key, Func<bool> hasReaders, CancellationToken cancellationToken)
    {
        var claim = OwnObjects.Claims + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        try
        {
            if (await TryClaimAsync(claim, cancellationToken).ConfigureAwait(false) is not { } mine)
            {
                return new Turn(await WatchAsync(claim, hasReaders, cancellationToken).ConfigureAwait(false), MayBeStored: true);
            }

            return new Turn(mine, await IsStoredAsync(key, mine, cancellationToken).ConfigureAwait(false));
        }
        catch (StoreException e)
        {
            logger.LogWarning("The store failed to tell what other machines are fetching, the origin is asked: {Reason}", e.Message);
            return default;
        }
    }

    /// <summary>Takes back every claim, at the end.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_held.Keys.Select(claim => claim.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task<OriginClaim?> TryClaimAsync(string key, CancellationToken cancellationToken)
    {
        if (!await store.TryCreateAsync(key, _content, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var claim = new OriginClaim(store, key, _content, removed => _held.TryRemove(removed, out _), time, logger);
        _held[claim] = 0;
        return claim;
    }

    /// <summary>Another machine may have fetched the file, and gone, between our look into the store and our claim.</summary>
    private async Task<bool> IsStoredAsync(string key, OriginClaim mine, CancellationToken cancellationToken)
    {
        try
        {
            return await store.TryStatAsync(key, cancellationToken).ConfigureAwait(false) is not null;
        }
        catch
        {
            await mine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Watches another machine's claim until it is gone or stands still, and then claims.</summary>
    /// <returns>Null when a reader should not wait any longer.</returns>
    private async Task<OriginClaim?> WatchAsync(string claim, Func<bool> hasReaders, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var (seen, since) = (DateTimeOffset.MinValue, begun);
        for (var pause = FirstPause; ; pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
        {
            var there = await store.TryStatAsync(claim, cancellationToken).ConfigureAwait(false);
            if (there is not null && there.Modified != seen)
            {
                (seen, since) = (there.Modified, time.GetTimestamp());
            }
            else if (there is not null && time.GetElapsedTime(since) >= Patience)
            {
                logger.LogInformation("Another machine claimed a file and went silent; it is taken over.");
                await store.DeleteAsync([claim], cancellationToken).ConfigureAwait(false);
                there = null;
            }

            if (there is null && await TryClaimAsync(claim, cancellationToken).ConfigureAwait(false) is { } mine)
            {
                return mine;
            }

            if (hasReaders() && time.GetElapsedTime(begun) >= ReadersPatience)
            {
                return null;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
