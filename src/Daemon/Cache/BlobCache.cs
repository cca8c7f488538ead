using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Where bytes are: the way from a blob to its bytes. What is in the spool is read at once; for what is not, a transfer is
/// waited for.
/// </summary>
internal sealed class BlobCache(
    Spool spool, TransferTable transfers, PartialReads partial, MoveTable moves, UploadQueue uploads, ReadAhead readAhead, CacheCounters counters)
{
    /// <summary>Reads bytes that are here. Starts nothing, waits for nothing.</summary>
    /// <returns>False when they are not here, or the blob has failed: <see cref="WaitAsync"/> tells which.</returns>
    public bool TryRead(Blob blob, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (blob.IsReplaced)
        {
            return false;
        }

        if (blob.Resident is { } file && file.TryRead(offset, destination, spool.Open, out count))
        {
            Count(count);
            if (offset == 0)
            {
                CountBeginning(blob, file);
            }

            return true;
        }

        if (blob.Transfer is { } transfer && transfer.TryRead(offset, destination, out count))
        {
            transfer.BeginningWasRead |= offset == 0;
            Count(count);
            return true;
        }

        if (partial.TryRead(blob, offset, destination, out count))
        {
            Count(count);
            return true;
        }

        return false;
    }

    /// <summary>Completes when <see cref="TryRead"/> of a range has an answer; fetches what is not here.</summary>
    /// <exception cref="CacheException">The cache failed.</exception>
    /// <exception cref="OriginException">The origin failed.</exception>
    public Task WaitAsync(Blob blob, long offset, int length, CancellationToken cancellationToken)
    {
        if (partial.TryWait(blob, offset, length, cancellationToken) is { } part)
        {
            return part;
        }

        var transfer = transfers.Require(blob, RequestPriority.Interactive);
        FetchAhead(blob);
        if (transfer is null)
        {
            blob.Resident?.BeginReading();
            return Task.CompletedTask;
        }

        transfer.HasReaders = true;
        return transfer.WaitAsync(offset, length, cancellationToken);
    }

    /// <summary>A whole, checked blob as a file, for who reads it without asking here again. Starts nothing, waits for nothing.</summary>
    /// <returns>Null when it is not here, or the blob has failed: <see cref="WaitAsync"/> tells which.</returns>
    public SpoolLease? TryLease(Blob blob)
    {
        if (blob.IsReplaced || blob.Resident is not { } file || file.TryLease(spool.Open) is not { } lease)
        {
            return null;
        }

        CountBeginning(blob, file);
        return lease;
    }

    /// <summary>The length of a blob that will be read soon, from the first bytes that come of it.</summary>
    public async Task<long> GetLengthBeforeReadAsync(Blob blob, CancellationToken cancellationToken) =>
        await partial.TryLearnLengthAsync(blob, cancellationToken).ConfigureAwait(false) && blob.Owner.TryGetSize(blob.File, out var length)
            ? length
            : await GetLengthAsync(blob, cancellationToken).ConfigureAwait(false);

    /// <summary>The length of a blob, from the transfer of all its bytes, which begins.</summary>
    public async Task<long> GetLengthAsync(Blob blob, CancellationToken cancellationToken)
    {
        var transfer = transfers.Require(blob, RequestPriority.Interactive);
        return transfer is null
            ? blob.Resident?.Length ?? await GetLengthAsync(blob, cancellationToken).ConfigureAwait(false)
            : await transfer.Length.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings a blob into the store; returns at once when the store has it. Through memory alone, unless readers have brought
    /// it into the spool or are about to.
    /// </summary>
    /// <exception cref="CacheException">The cache failed.</exception>
    /// <exception cref="OriginException">The origin failed.</exception>
    /// <exception cref="StoreException">The store took nothing for two minutes, or until the room in the spool was needed.</exception>
    public async Task FetchIntoStoreAsync(Blob blob, CancellationToken cancellationToken)
    {
        await blob.Owner.WhenSurveyedAsync(cancellationToken).ConfigureAwait(false);
        if (blob.Owner.StateOf(blob.File) == BlobState.Stored || await moves.TryMoveAsync(blob, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (blob.Transfer is { } transfer)
        {
            try
            {
                await transfer.WaitAsync(0, int.MaxValue, cancellationToken).ConfigureAwait(false);
            }
            catch (CacheException e) when (e.Error == CacheError.NoRoom)
            {
                // Too large for the spool, which is no matter here.
                await FetchIntoStoreAsync(blob, cancellationToken).ConfigureAwait(false);
                return;
            }
        }
        else if (blob.Resident is { IsGone: false } file)
        {
            // Left by an earlier run, and RecoverUploads may not have come to it yet; queued already, this does nothing.
            uploads.EnqueueLeftOver(blob, file);
        }
        else
        {
            await FetchIntoStoreAsync(blob, cancellationToken).ConfigureAwait(false);
            return;
        }

        await WhenStoredAsync(blob, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings the right bytes into the store again where it has wrong ones or none, as the blob's state says by now: those in the
    /// spool where they are right, else the origin's.
    /// </summary>
    /// <exception cref="CacheException">The cache failed.</exception>
    /// <exception cref="OriginException">The origin failed.</exception>
    /// <exception cref="StoreException">The store did not take them.</exception>
    public async Task RestoreAsync(Blob blob, CancellationToken cancellationToken)
    {
        if (blob.Resident is { IsGone: false } file && await file.HashAsync(spool.Open, cancellationToken).ConfigureAwait(false) is { } sha256)
        {
            if (blob.Owner.IsRight(blob.File, sha256))
            {
                uploads.Enqueue(blob, file, sha256, disagrees: blob.Owner.AcceptedSha256(blob.File) is not null);
                await WhenStoredAsync(blob, cancellationToken).ConfigureAwait(false);
                return;
            }

            DropDamaged(blob);
            blob = blob.Owner.Get(blob.File);
        }

        await FetchIntoStoreAsync(blob, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes a blob out of the spool whose bytes changed on the disk. Who has read some of them gets an error, who opens the
    /// file anew the right ones.
    /// </summary>
    public void DropDamaged(Blob blob)
    {
        spool.Evict(blob.Key, evenHeld: true, out _);
        blob.Owner.Replace(blob, null);
    }

    private async Task WhenStoredAsync(Blob blob, CancellationToken cancellationToken)
    {
        await uploads.WhenSettledAsync(blob, cancellationToken).ConfigureAwait(false);
        if (blob.Owner.StateOf(blob.File) != BlobState.Stored)
        {
            throw new StoreException(StoreError.OutOfReach, "The store took nothing while the spool ran full, so the file was given up. Try again when the store answers.");
        }
    }

    /// <summary>
    /// Queues what the spool has and the store may not: uploads that a kill interrupted, and blobs whose row in the index was
    /// lost with it.
    /// </summary>
    public void RecoverUploads(DataSetBlobs blobs)
    {
        var hasBlobs = spool.Count().Blobs > 0; // or each path would be hashed for nothing
        for (var file = 0; file < blobs.Catalog.FileCount; file++)
        {
            var state = blobs.StateOf(file);
            if (state == BlobState.Stored)
            {
                continue;
            }

            if (hasBlobs && spool.TryFind(SpoolKey.Of(blobs.DataSet, blobs.Catalog, blobs.Catalog.NodeOf(file)), out var found))
            {
                blobs.LearnSize(file, found.Length);
                uploads.EnqueueLeftOver(blobs.Get(file), found);
            }
            else if (state == BlobState.Pending)
            {
                _ = blobs.SetStateAsync(file, BlobState.Unknown);
            }
        }
    }

    /// <summary>Begins what will be wanted next if files are read in order. Never more than a quarter of the spool.</summary>
    private void FetchAhead(Blob blob)
    {
        if (!blob.Owner.TryGetSize(blob.File, out var size))
        {
            return;
        }

        var next = readAhead.Read(blob.Owner, blob.File, spool.LimitBytes / 4 / Math.Max(1, size));
        var catalog = blob.Owner.Catalog;
        for (var file = next.Start.Value; file < next.End.Value; file++)
        {
            // Who reads images one after the other does not mean the tables that stand behind the last one.
            if (catalog.Depth(catalog.NodeOf(file)) == catalog.Depth(catalog.NodeOf(blob.File)))
            {
                TryRequire(blob.Owner.Get(file));
            }
        }

        void TryRequire(Blob ahead)
        {
            try
            {
                transfers.Require(ahead, RequestPriority.Ahead);
            }
            catch (Exception e) when (e is OriginException or CacheException or StoreException)
            {
                // It failed a moment ago; whoever reads it will be told.
            }
        }
    }

    private void Count(int bytes)
    {
        Interlocked.Increment(ref counters.Reads);
        Interlocked.Add(ref counters.ReadBytes, bytes);
    }

    private void CountBeginning(Blob blob, SpoolFile file)
    {
        if (file.JustArrived)
        {
            file.JustArrived = false;
            FetchAhead(blob);
        }
        else
        {
            Interlocked.Increment(ref counters.SpoolHits);
        }
    }
}
