using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Fills a transfer with the right bytes: from the store where that has them, else from the origin, and decides which
/// bytes are right. A mismatch is fetched again from the start; two complete fetches that agree are the origin's own
/// disagreement with its list, two that differ are damage.
/// </summary>
/// <param name="origin">Where the bytes come from in the end.</param>
/// <param name="store">Where they may be already.</param>
/// <param name="claims">How to take turns with the other machines that write to the store; null where there are none.</param>
/// <param name="onMismatch">What becomes of bytes that the origin repeats and its list denies.</param>
/// <param name="counters">What the cache did.</param>
/// <param name="logger">Names no file.</param>
internal sealed class BlobFetcher(
    IOrigin origin, IObjectStore store, OriginClaims? claims, MismatchPolicy onMismatch, CacheCounters counters, ILogger logger)
{
    private const int OriginFetches = 2;

    private readonly Verdicts _verdicts = new(origin.Url, onMismatch, logger);

    /// <summary>Where the bytes came from, and what the store has to be told.</summary>
    /// <param name="Sha256">The checksum of the bytes.</param>
    /// <param name="Disagrees">Whether the list has another one.</param>
    /// <param name="NeedsUpload">Whether they came from the origin.</param>
    /// <param name="Claim">Keeps other machines from asking the origin; to be disposed when the store has the bytes.</param>
    public readonly record struct Fetched(byte[] Sha256, bool Disagrees, bool NeedsUpload, OriginClaim? Claim = null);

    /// <summary>What a look into the store brought.</summary>
    /// <param name="Right">The right bytes.</param>
    /// <param name="Wrong">The checksum of other bytes.</param>
    private readonly record struct Look(Fetched? Right, byte[]? Wrong);

    /// <summary>Fetches and checks; on return the transfer can be committed.</summary>
    /// <exception cref="CacheException">Damaged.</exception>
    /// <exception cref="OriginException">The origin does not give it.</exception>
    public async Task<Fetched> RunAsync(Blob blob, Transfer transfer, RequestPriority priority, CancellationToken cancellationToken)
    {
        var path = blob.Owner.PathOf(blob.File);
        var look = await LookIntoStoreAsync(blob, transfer, path, priority, cancellationToken).ConfigureAwait(false);
        if (look.Right is { } stored)
        {
            return stored;
        }

        if (claims is null)
        {
            return await FetchFromOriginAsync(blob, transfer, path, priority, look.Wrong, cancellationToken).ConfigureAwait(false);
        }

        var turn = await claims.WaitForTurnAsync(path, () => priority == RequestPriority.Interactive || transfer.HasReaders, cancellationToken).ConfigureAwait(false);
        try
        {
            look = turn.MayBeStored ? await LookIntoStoreAsync(blob, transfer, path, priority, cancellationToken).ConfigureAwait(false) : look;
            var fetched = look.Right ?? await FetchFromOriginAsync(blob, transfer, path, priority, look.Wrong, cancellationToken).ConfigureAwait(false);
            return fetched with { Claim = turn.Claim };
        }
        catch
        {
            if (turn.Claim is { } claim)
            {
                await claim.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private async Task<Look> LookIntoStoreAsync(Blob blob, Transfer transfer, string path, RequestPriority priority, CancellationToken cancellationToken)
    {
        if (blob.StoreIsDamaged)
        {
            return default;
        }

        var check = new StoredLengthCheck(transfer, blob.Owner, blob.File);
        if (await TryStoreAsync(blob, check, path, priority, cancellationToken).ConfigureAwait(false) is not { } note)
        {
            if (check.HasRefused)
            {
                await blob.Owner.SetStateAsync(blob.File, BlobState.Damaged).ConfigureAwait(false);
            }

            return default;
        }

        var sha256 = transfer.Finish();
        if (_verdicts.IsRight(blob, sha256, note) || await _verdicts.IsKnownDisagreementAsync(blob, sha256, note).ConfigureAwait(false))
        {
            Interlocked.Increment(ref counters.StoreHits);
            return new Look(new Fetched(sha256, Verdicts.Disagrees(blob, sha256), NeedsUpload: false), null);
        }

        Interlocked.Increment(ref counters.VerifyFailures);
        logger.LogWarning("An object in the store does not have the checksum that is listed, or was noted with it; it is fetched from the origin again.");
        await blob.Owner.SetStateAsync(blob.File, BlobState.Damaged).ConfigureAwait(false);
        return new Look(null, sha256);
    }

    private async Task<Fetched> FetchFromOriginAsync(
        Blob blob, Transfer transfer, string path, RequestPriority priority, byte[]? previous, CancellationToken cancellationToken)
    {
        for (var fetch = 1; fetch <= OriginFetches; fetch++)
        {
            await origin.FetchAsync(path, transfer, priority, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref counters.OriginFetches);
            var sha256 = transfer.Finish();
            if (_verdicts.IsRight(blob, sha256))
            {
                return new Fetched(sha256, Verdicts.Disagrees(blob, sha256), NeedsUpload: true);
            }

            Interlocked.Increment(ref counters.VerifyFailures);
            if (previous is not null && CryptographicOperations.FixedTimeEquals(previous, sha256))
            {
                await _verdicts.AcceptRepeatedAsync(blob, sha256).ConfigureAwait(false);
                return new Fetched(sha256, Disagrees: true, NeedsUpload: true);
            }

            previous = sha256;
        }

        throw _verdicts.Damaged();
    }

    /// <summary>Looks into the store where it may have the blob; a store that fails does not fail the read.</summary>
    private async Task<ObjectNote?> TryStoreAsync(Blob blob, StoredLengthCheck sink, string path, RequestPriority priority, CancellationToken cancellationToken)
    {
        var listed = blob.Owner.StateOf(blob.File) == BlobState.Stored;
        if (!listed && claims is null && !blob.Owner.MayBeStored)
        {
            return null;
        }

        try
        {
            var note = await store.TryFetchAsync(path, sink, priority, cancellationToken).ConfigureAwait(false);
            if (note is null && listed)
            {
                logger.LogWarning("An object that the index lists is not in the store any more; it is fetched from the origin again.");
                await blob.Owner.SetStateAsync(blob.File, BlobState.Unknown).ConfigureAwait(false);
            }

            return note;
        }
        catch (StoreException e)
        {
            logger.LogWarning("The store failed a read, the origin is asked instead: {Reason}", e.Message);
            return null;
        }
    }
}
