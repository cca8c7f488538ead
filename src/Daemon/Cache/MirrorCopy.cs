using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Lets the store's service copy from a mirror that it has too, so that the bytes do not pass through this machine. Nobody here
/// computes their SHA-256 then: so only what the mirror already tells the listed one of is copied, in the very version of which it told
/// that; everything else comes through this machine and is checked. Who reads a copy checks it like anything out of the store.
/// </summary>
/// <param name="mirror">The origin.</param>
/// <param name="store">The store, at the same service.</param>
/// <param name="requesterPays">Whether this account pays for what the mirror gives.</param>
/// <param name="logger">Names no file.</param>
internal sealed class MirrorCopy(MirrorOrigin mirror, S3ObjectStore store, bool requesterPays, ILogger logger)
{
    /// <summary>What one CopyObject takes.</summary>
    private const long LargestCopy = 5L << 30;

    /// <summary>After so many objects without a checksum, and none with one between, no more are asked for theirs.</summary>
    private const int MostWithoutChecksum = 32;

    private volatile bool _isRefused;
    private int _withoutChecksum;

    /// <summary>Copies a file where that is as good as fetching it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The note that it gets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its length; null where it has to come through this machine, whatever the reason: the fetch will tell of that.</returns>
    /// <exception cref="OriginException">The mirror is out of reach.</exception>
    public async Task<long?> TryAsync(string path, ObjectNote expected, CancellationToken cancellationToken)
    {
        if (_isRefused || Volatile.Read(ref _withoutChecksum) >= MostWithoutChecksum || expected is not { Sha256: { } listed, OriginDisagrees: false })
        {
            return null;
        }

        try
        {
            var there = await mirror.TryStatAsync(path, RequestPriority.Bulk, cancellationToken).ConfigureAwait(false);
            if (there?.Sha256 is null)
            {
                Interlocked.Increment(ref _withoutChecksum);
                return null;
            }

            Volatile.Write(ref _withoutChecksum, 0);
            return there.Sha256 == listed && there.Version.Length <= LargestCopy
                && await store.TryCopyAsync(path, there, requesterPays, expected, cancellationToken).ConfigureAwait(false)
                ? there.Version.Length
                : null;
        }
        catch (OriginException e) when (!e.IsTransient)
        {
            return null;
        }
        catch (StoreException e)
        {
            // The credentials of the store may not read the mirror: that stays so. What is only out of reach does not.
            _isRefused |= e.Error is not StoreError.OutOfReach;
            logger.LogWarning("The store does not copy from the mirror, files come through this machine: {Reason}", e.Message);
            return null;
        }
    }
}
