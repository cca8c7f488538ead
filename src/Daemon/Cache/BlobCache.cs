using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Where bytes are: the way from a blob to its bytes. What is in the spool is read at once; what is not is fetched by one
/// transfer, however many want it.
/// </summary>
internal sealed class BlobCache(
    Spool spool,
    BlobFetcher fetcher,
    UploadQueue uploads,
    ReadAhead readAhead,
    CacheCounters counters,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
{
    /// <summary>
    /// How long a failure answers everybody who asks: the kernel asks again page by page what it could not
    /// read at once, and each time would be another fetch.
    /// </summary>
    private static readonly TimeSpan FailureMemory = TimeSpan.FromSeconds(5);

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
            Count(blob, file, offset, count);
            return true;
        }

        if (blob.Transfer is { } transfer && transfer.TryRead(offset, destination, out count))
        {
            Interlocked.Increment(ref counters.Reads);
            Interlocked.Add(ref counters.ReadBytes, count);
            return true;
        }

        return false;
    }

    /// <summary>Completes when <see cref="TryRead"/> of a range has an answer; fetches what is not here.</summary>
    /// <exception cref="CacheException">The cache failed.</exception>
    /// <exception cref="OriginException">The origin failed.</exception>
    public Task WaitAsync(Blob blob, long offset, int length, CancellationToken cancellationToken)
    {
        var transfer = Require(blob, RequestPriority.Interactive);
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

    /// <summary>The length of a blob, from the transfer of its bytes.</summary>
    public async Task<long> GetLengthAsync(Blob blob, CancellationToken cancellationToken)
    {
        var transfer = Require(blob, RequestPriority.Interactive);
        return transfer is null
            ? blob.Resident?.Length ?? await GetLengthAsync(blob, cancellationToken).ConfigureAwait(false)
            : await transfer.Length.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings a blob into the store, by way of the spool; returns at once when the store has it.</summary>
    /// <exception cref="CacheException">The cache failed.</exception>
    /// <exception cref="OriginException">The origin failed.</exception>
    /// <exception cref="StoreException">The store took nothing until the room in the spool was needed.</exception>
    public async Task FetchIntoStoreAsync(Blob blob, CancellationToken cancellationToken)
    {
        if (blob.Owner.StateOf(blob.File) == BlobState.Stored)
        {
            return;
        }

        if (Require(blob, RequestPriority.Bulk) is { } transfer)
        {
            await transfer.WaitAsync(0, int.MaxValue, cancellationToken).ConfigureAwait(false);
        }
        else if (blob.Resident is { } file)
        {
            // Left by an earlier run, and RecoverUploads may not have come to it yet; queued already, this does nothing.
            var accepted = blob.Owner.AcceptedSha256(blob.File);
            uploads.Enqueue(blob, file, accepted, disagrees: accepted is not null, overwrite: false);
        }

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
        for (var file = 0; file < blobs.Catalog.FileCount; file++)
        {
            var state = blobs.StateOf(file);
            if (state == BlobState.Stored)
            {
                continue;
            }

            if (spool.TryFind(SpoolKey.Of(blobs.DataSet, blobs.Catalog, blobs.Catalog.NodeOf(file)), out var found))
            {
                blobs.LearnSize(file, found.Length);
                var accepted = blobs.AcceptedSha256(file);
                uploads.Enqueue(blobs.Get(file), found, accepted, disagrees: accepted is not null, overwrite: false);
            }
            else if (state == BlobState.Pending)
            {
                _ = blobs.SetStateAsync(file, BlobState.Unknown);
            }
        }
    }

    /// <summary>The transfer that a blob needs, begun where it is not under way; null when the blob is in the spool.</summary>
    private Transfer? Require(Blob blob, RequestPriority priority)
    {
        Transfer transfer;
        lock (blob.Changing)
        {
            if (blob.IsReplaced)
            {
                throw HandedOutDamage();
            }

            if (blob.Resident is { IsGone: false })
            {
                return null;
            }

            if (blob.Transfer is { } running)
            {
                return running;
            }

            if (blob.Failure is { } failure)
            {
                if (time.GetElapsedTime(failure.At) < FailureMemory)
                {
                    throw failure.Reason;
                }

                blob.Failure = null;
            }

            blob.Resident = null;
            blob.Transfer = transfer = new Transfer(blob.Key, spool, length => blob.Owner.LearnSize(blob.File, length));
        }

        _ = Task.Run(() => RunAsync(blob, transfer, priority), CancellationToken.None);
        return transfer;
    }

    private async Task RunAsync(Blob blob, Transfer transfer, RequestPriority priority)
    {
        try
        {
            var fetched = await fetcher.RunAsync(blob, transfer, priority, stopping).ConfigureAwait(false);
            var file = transfer.Commit();
            if (transfer.HandedOutOtherBytes)
            {
                logger.LogWarning("Bytes that readers have got turned out damaged: those readers get an error, new ones the right bytes.");
                blob.Owner.Replace(blob, file);
                transfer.Fail(HandedOutDamage(), discard: false);
                Store(blob.Owner.Get(blob.File), file, fetched);
                return;
            }

            lock (blob.Changing)
            {
                blob.Resident = file;
                blob.Transfer = null;
            }

            if (transfer.HasReaders)
            {
                file.BeginReading();
            }

            Store(blob, file, fetched);
            transfer.Complete();
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must be told, and nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stopping.IsCancellationRequested)
            {
                logger.LogWarning("A file could not be fetched: {Reason}", e is OriginException or CacheException or StoreException ? e.Message : e.ToString());
            }

            lock (blob.Changing)
            {
                blob.Failure = (e, time.GetTimestamp());
                blob.Transfer = null;
            }

            transfer.Fail(e, discard: true);
        }
    }

    /// <summary>Queues a blob for the store where that does not have it, and ends the pin of its arrival.</summary>
    private void Store(Blob blob, SpoolFile file, BlobFetcher.Fetched fetched)
    {
        if (fetched.NeedsUpload)
        {
            uploads.Enqueue(blob, file, fetched.Sha256, fetched.Disagrees, fetched.StoreIsDamaged);
        }
        else if (blob.Owner.StateOf(blob.File) != BlobState.Stored)
        {
            // Another machine put it there.
            _ = blob.Owner.SetStateAsync(blob.File, BlobState.Stored);
        }

        file.Unpin();
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
                Require(ahead, RequestPriority.Bulk);
            }
            catch (Exception e) when (e is OriginException or CacheException or StoreException)
            {
                // It failed a moment ago; whoever reads it will be told.
            }
        }
    }

    private void Count(Blob blob, SpoolFile file, long offset, int count)
    {
        Interlocked.Increment(ref counters.Reads);
        Interlocked.Add(ref counters.ReadBytes, count);
        if (offset == 0)
        {
            CountBeginning(blob, file);
        }
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

    private static CacheException HandedOutDamage() => new(
        CacheError.Replaced, "Bytes of this file that were read before turned out damaged. Open the file again: it is whole now.");
}
