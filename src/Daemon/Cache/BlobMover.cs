using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Brings blobs from the origin into the store through memory alone: a small file in one request to each side, a larger
/// one in parts, several at a time, of which the store shows nothing before the checksum of the whole was found right. Where the
/// store's service can copy from the origin by itself, not even through memory (<see cref="MirrorCopy"/>).
/// </summary>
internal sealed class BlobMover
{
    /// <summary>Two complete fetches settle what is right; a third where an object had been begun with the wrong note.</summary>
    private const int Fetches = 3;

    private static readonly FileRange FirstPart = new(0, IObjectParts.PartLength);

    private readonly IOrigin _origin;
    private readonly IObjectStore _store;
    private readonly OriginClaims? _claims;
    private readonly MirrorCopy? _copy;
    private readonly MoveMemory _memory;
    private readonly CacheCounters _counters;
    private readonly ILogger _logger;
    private readonly Verdicts _verdicts;
    private readonly ResiliencePipeline _retry;

    public BlobMover(
        IOrigin origin, IObjectStore store, OriginClaims? claims, MirrorCopy? copy, MismatchPolicy onMismatch, MoveMemory memory, CacheCounters counters, TimeProvider time, ILogger logger)
    {
        (_origin, _store, _claims, _copy, _memory, _counters, _logger) = (origin, store, claims, copy, memory, counters, logger);
        _verdicts = new Verdicts(origin.Url, onMismatch, logger);
        // About two minutes in all: while it waits, what it holds of the memory keeps the job from fetching what nobody takes.
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreException>(e => e.Error is StoreError.OutOfReach or StoreError.Full),
                MaxRetryAttempts = 12,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(15),
            })
            .Build();
    }

    /// <summary>Moves one blob; on return the store has it, and the index says so.</summary>
    /// <exception cref="OriginException">The origin does not give it.</exception>
    /// <exception cref="CacheException">Damaged.</exception>
    /// <exception cref="StoreException">The store did not take it for two minutes.</exception>
    public async Task MoveAsync(Blob blob, Move move, CancellationToken cancellationToken)
    {
        if (_claims is null)
        {
            await MoveFromOriginAsync(blob, move, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (await IsThereAsync(blob, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        // A reader here need not be asked for: the move gives way to it.
        var turn = await _claims.WaitForTurnAsync(blob.Owner.PathOf(blob.File), () => false, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!turn.MayBeStored || !await IsThereAsync(blob, cancellationToken).ConfigureAwait(false))
            {
                await MoveFromOriginAsync(blob, move, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (turn.Claim is { } claim)
            {
                await claim.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task MoveFromOriginAsync(Blob blob, Move move, CancellationToken cancellationToken)
    {
        var expected = Expected(blob);
        // A copy overwrites nothing; what is damaged has to be.
        if (_copy is not null && !blob.StoreIsDamaged
            && await _copy.TryAsync(blob.Owner.PathOf(blob.File), expected, cancellationToken).ConfigureAwait(false) is { } copied)
        {
            Interlocked.Increment(ref _counters.Copies);
            await KeepAsync(blob, copied).ConfigureAwait(false);
            return;
        }

        byte[]? denied = null;
        for (var fetch = 1; fetch <= Fetches; fetch++)
        {
            var (sha256, length, isStored) = await FetchAsync(new Fetch(blob, move, expected, denied), cancellationToken).ConfigureAwait(false);
            if (isStored)
            {
                await KeepAsync(blob, length).ConfigureAwait(false);
                return;
            }

            if (!_verdicts.IsRight(blob, sha256))
            {
                if (denied is not null && !denied.AsSpan().SequenceEqual(sha256))
                {
                    throw _verdicts.Damaged();
                }

                denied = sha256;
            }

            // What comes again will probably be the same.
            expected = NoteOf(blob, sha256);
        }

        throw _verdicts.Damaged();
    }

    private static async Task KeepAsync(Blob blob, long length)
    {
        blob.Owner.LearnSize(blob.File, length);
        await blob.Owner.SetStateAsync(blob.File, BlobState.Stored).ConfigureAwait(false);
    }

    private static ObjectNote NoteOf(Blob blob, byte[] sha256) => new(Convert.ToHexStringLower(sha256), Verdicts.Disagrees(blob, sha256));

    private static ObjectNote Expected(Blob blob)
    {
        var listed = blob.Owner.Catalog.Sha256(blob.File);
        return blob.Owner.AcceptedSha256(blob.File) is { } accepted ? NoteOf(blob, accepted)
            : new ObjectNote(listed.IsEmpty ? null : Convert.ToHexStringLower(listed), false);
    }

    /// <summary>Another machine may have been first.</summary>
    private async Task<bool> IsThereAsync(Blob blob, CancellationToken cancellationToken)
    {
        if (blob.StoreIsDamaged)
        {
            return false;
        }

        var path = blob.Owner.PathOf(blob.File);
        var there = await _store.TryStatAsync(path, cancellationToken).ConfigureAwait(false);
        if (there is null || !await IsRightAsync(blob, path, there.Sha256, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        blob.Owner.LearnSize(blob.File, there.Length);
        await blob.Owner.SetStateAsync(blob.File, BlobState.Stored).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> IsRightAsync(Blob blob, string path, string? sha256, CancellationToken cancellationToken)
    {
        if (sha256 is not null)
        {
            return sha256 == Expected(blob).Sha256;
        }

        // From something else, or in a folder whose file system keeps no notes.
        using var sink = new HashingSink();
        return await _store.TryFetchAsync(path, sink, RequestPriority.Bulk, cancellationToken).ConfigureAwait(false) is not null
            && _verdicts.IsRight(blob, sink.Finish());
    }

    private async Task<Outcome> FetchAsync(Fetch fetch, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Room before the request, never inside it: who holds a place at the origin must not wait for those who want one.
        var (blob, move) = (fetch.Blob, fetch.Move);
        var most = blob.Owner.TryGetSize(blob.File, out var known) ? FirstPart.CountIn(known) : FirstPart.Length;
        using var buffer = await _memory.ReserveAsync(most, cancellationToken).ConfigureAwait(false);
        var first = new RangeInMemory(FirstPart, buffer, hash, move.Urgent, length => move.Begin(isSmall: length <= FirstPart.Length));
        var path = blob.Owner.PathOf(blob.File);
        var version = await _origin.FetchRangeAsync(path, FirstPart, null, first, RequestPriority.Bulk, cancellationToken).ConfigureAwait(false);
        first.HashRest(hash);
        if (version.Length > FirstPart.Length)
        {
            return await MovePartsAsync(fetch, version, buffer, hash, cancellationToken).ConfigureAwait(false);
        }

        var sha256 = Finish(hash);
        if (!await MayBeKeptAsync(fetch, sha256).ConfigureAwait(false))
        {
            return new Outcome(sha256, version.Length, IsStored: false);
        }

        await StoreAsync(
            move,
            token => _store.PutAsync(
                path,
                buffer.AsSequence(),
                NoteOf(blob, sha256),
                blob.StoreIsDamaged,
                move.Urgent.IsCompleted ? RequestPriority.Interactive : RequestPriority.Bulk,
                token),
            cancellationToken).ConfigureAwait(false);
        return new Outcome(sha256, version.Length, IsStored: true);
    }

    private async Task<Outcome> MovePartsAsync(Fetch fetch, FileVersion version, MoveBuffer first, IncrementalHash hash, CancellationToken cancellationToken)
    {
        var path = fetch.Blob.Owner.PathOf(fetch.Blob.File);
        IObjectParts? parts = null;
        await StoreAsync(
            fetch.Move,
            async token => parts = await _store.BeginPartsAsync(path, version.Length, fetch.Expected, token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        await using (parts!.ConfigureAwait(false))
        {
            var moving = new MovingParts(
                version,
                _memory,
                hash,
                (range, into, token) => _origin.FetchRangeAsync(path, range, version, into, RequestPriority.Bulk, token),
                (number, bytes, token) => StoreAsync(fetch.Move, again => parts!.PutPartAsync(number, bytes, again), token));
            await moving.RunAsync(first, cancellationToken).ConfigureAwait(false);
            var sha256 = Finish(hash);
            // An object in parts gets its note with the first: where that turns out wrong, it is begun anew.
            var isKept = await MayBeKeptAsync(fetch, sha256).ConfigureAwait(false)
                && (fetch.Expected.Sha256 is null || fetch.Expected == NoteOf(fetch.Blob, sha256));
            if (isKept)
            {
                await StoreAsync(fetch.Move, token => parts!.CompleteAsync(fetch.Blob.StoreIsDamaged, token), cancellationToken).ConfigureAwait(false);
            }

            return new Outcome(sha256, version.Length, isKept);
        }
    }

    private byte[] Finish(IncrementalHash hash)
    {
        Interlocked.Increment(ref _counters.OriginFetches);
        return hash.GetHashAndReset();
    }

    /// <summary>Whether a complete fetch with this checksum settles it.</summary>
    private async Task<bool> MayBeKeptAsync(Fetch fetch, byte[] sha256)
    {
        if (_verdicts.IsRight(fetch.Blob, sha256))
        {
            return true;
        }

        Interlocked.Increment(ref _counters.VerifyFailures);
        if (fetch.Denied?.AsSpan().SequenceEqual(sha256) != true)
        {
            return false;
        }

        await _verdicts.AcceptRepeatedAsync(fetch.Blob, sha256).ConfigureAwait(false);
        return true;
    }

    private async Task StoreAsync(Move move, Func<CancellationToken, Task> call, CancellationToken cancellationToken) => await _retry.ExecuteAsync(
        async token =>
        {
            if (!move.Urgent.IsCompleted)
            {
                // Readers first here too, but for one who waits for this very move.
                await Task.WhenAny(_origin.YieldToReadersAsync(token), move.Urgent).ConfigureAwait(false);
            }

            try
            {
                await call(token).ConfigureAwait(false);
            }
            catch (StoreException e)
            {
                // Who reads the blob need not wait for the store.
                move.Settle();
                Interlocked.Increment(ref _counters.UploadErrors);
                _logger.LogWarning("The store did not take a file: {Reason}", e.Message);
                throw;
            }
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>What one fetch has to know.</summary>
    /// <param name="Blob">Of what.</param>
    /// <param name="Move">For whom.</param>
    /// <param name="Expected">The note that the object will probably have.</param>
    /// <param name="Denied">The checksum of an earlier complete fetch that the list denies.</param>
    private sealed record Fetch(Blob Blob, Move Move, ObjectNote Expected, byte[]? Denied);

    private readonly record struct Outcome(byte[] Sha256, long Length, bool IsStored);
}
