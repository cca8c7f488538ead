using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The transfers under way, one a blob, however many want it: begins them, and when one ends hands its file to the spool, to
/// those who wait and to the store.
/// </summary>
internal sealed class TransferTable(
    Spool spool, BlobFetcher fetcher, UploadQueue uploads, BackgroundWork background, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    /// <summary>The transfer that a blob needs, begun where it is not under way; null when the blob is in the spool.</summary>
    /// <exception cref="Exception">Why the last transfer failed, a moment ago.</exception>
    public Transfer? Require(Blob blob, RequestPriority priority)
    {
        Transfer transfer;
        Task settled;
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
                HurryFor(running);
                return running;
            }

            if (blob.Failure is { } failure)
            {
                if (failure.IsRecent)
                {
                    throw failure.Reason;
                }

                blob.Failure = null;
            }

            blob.Move?.GiveWay();
            settled = blob.Move?.Settled ?? Task.CompletedTask;
            blob.Resident = null;
            blob.Transfer = transfer = new Transfer(blob.Key, spool, length => blob.Owner.LearnSize(blob.File, length));
            HurryFor(transfer);
        }

        background.Run(() => RunAsync(blob, transfer, priority, settled));
        return transfer;

        void HurryFor(Transfer wanted)
        {
            if (priority == RequestPriority.Interactive)
            {
                wanted.Hurry();
            }
        }
    }

    private async Task RunAsync(Blob blob, Transfer transfer, RequestPriority priority, Task moveSettled)
    {
        try
        {
            // A move of it that is under way is nearly there: then it comes from the store.
            await moveSettled.WaitAsync(stopping).ConfigureAwait(false);
            var fetched = await fetcher.RunAsync(blob, transfer, priority, stopping).ConfigureAwait(false);
            var file = transfer.Commit();
            if (transfer.HandedOutOtherBytes || !await MatchesPartsAsync(blob, file).ConfigureAwait(false))
            {
                logger.LogWarning("Bytes that readers have got turned out damaged: those readers get an error, new ones the right bytes.");
                blob.Owner.Replace(blob, file);
                Store(blob.Owner.Get(blob.File), file, fetched);
                file.Unpin();
                transfer.Fail(HandedOutDamage(), discard: false);
                return;
            }

            // Before anybody finds the file: who has read it to its end knows it queued, with what the store has to be told.
            Store(blob, file, fetched);
            file.JustArrived = !transfer.BeginningWasRead;
            lock (blob.Changing)
            {
                blob.Resident = file;
                blob.Transfer = null;
                blob.Unchecked = null;
            }

            if (transfer.HasReaders)
            {
                file.BeginReading();
            }

            file.Unpin();
            transfer.Complete();
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must be told, and nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var failure = new RecentFailure(e, time);
            if (!stopping.IsCancellationRequested)
            {
                logger.LogWarning("A file could not be fetched: {Reason}", failure.LogText);
            }

            lock (blob.Changing)
            {
                blob.Failure = failure;
                blob.Transfer = null;
            }

            transfer.Fail(e, discard: true);
        }
    }

    /// <summary>Whether the whole has what readers got in parts before.</summary>
    private async Task<bool> MatchesPartsAsync(Blob blob, SpoolFile file)
    {
        UncheckedParts parts;
        lock (blob.Changing)
        {
            // Where there are none there must be none from now on, either, until the blob is here.
            parts = blob.Unchecked ??= UncheckedParts.None;
            parts.Close();
        }

        try
        {
            using var lease = parts.Count > 0 ? file.TryLease(spool.Open) : null;
            return parts.Count == 0 || (lease is not null && await parts.MatchAsync(lease.Handle).ConfigureAwait(false));
        }
        catch (IOException)
        {
            return false; // nobody knows
        }
    }

    /// <summary>Queues a blob for the store where that does not have it.</summary>
    private void Store(Blob blob, SpoolFile file, BlobFetcher.Fetched fetched)
    {
        if (fetched.NeedsUpload)
        {
            uploads.Enqueue(blob, file, fetched.Sha256, fetched.Disagrees);
        }
        else if (blob.Owner.StateOf(blob.File) != BlobState.Stored)
        {
            // Another machine put it there.
            _ = blob.Owner.SetStateAsync(blob.File, BlobState.Stored);
        }

        if (fetched.Claim is { } claim)
        {
            _ = EndAsync(claim, blob);
        }
    }

    /// <summary>Other machines wait until they find the blob in the store.</summary>
    private async Task EndAsync(OriginClaim claim, Blob blob)
    {
        try
        {
            await uploads.WhenSettledAsync(blob, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The daemon ends: they need not wait for its next start.
        }

        await claim.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The error of who reads on in a file whose beginning is not that of the one that is here.</summary>
    internal static CacheException HandedOutDamage() => new(
        CacheError.Replaced, "Bytes of this file that were read before turned out damaged. Open the file again: it is whole now.");
}
