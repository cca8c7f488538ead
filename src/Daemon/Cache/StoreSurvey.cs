using System.Collections;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Learns from the store's listing what it has, a thousand objects a request: after an import, when the index was lost or is
/// new, and whenever it is asked for. Until the first is through, reads of files ask the store before the origin.
/// </summary>
internal sealed class StoreSurvey(IObjectStore store, BackgroundWork background, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>As fast as the index writes, or a large store would fill the memory with what is to be written.</summary>
    private const int WrittenAtATime = 1000;

    /// <summary>What a survey told.</summary>
    /// <param name="Found">Files of the data set that the store has.</param>
    /// <param name="New">Those that the index did not list.</param>
    /// <param name="Gone">Files that the index listed, and the store does not have.</param>
    public readonly record struct Result(int Found, int New, int Gone);

    /// <summary>
    /// Whether the store has the list of a data set. A store that fails does not have it: whoever asks for the
    /// data set loads it then.
    /// </summary>
    public async Task<bool> HasListAsync(DataSetDefinition dataSet, CancellationToken cancellationToken)
    {
        try
        {
            return await store.TryStatAsync($"{dataSet.Id}/{dataSet.List}", cancellationToken).ConfigureAwait(false) is not null;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    /// <summary>Looks through the store in the background where that was not done yet, until it has succeeded.</summary>
    public void Begin(DataSetBlobs blobs)
    {
        if (!blobs.IsSurveyed)
        {
            background.Run(() => RunUntilDoneAsync(blobs));
        }
    }

    /// <summary>Looks through the store, and corrects what is known of it.</summary>
    /// <exception cref="StoreException">The store failed; what was learnt until then is kept.</exception>
    public async Task<Result> RunAsync(DataSetBlobs blobs, CancellationToken cancellationToken)
    {
        var gone = new BitArray(blobs.Catalog.FileCount);
        for (var file = 0; file < gone.Count; file++)
        {
            gone[file] = blobs.StateOf(file) == BlobState.Stored;
        }

        var (found, isNew, isGone) = (0, 0, 0);
        var written = Task.CompletedTask;
        await foreach (var item in store.ListAsync(blobs.KeyPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!blobs.TryFindFile(item.Key, out var file))
            {
                continue;
            }

            found++;
            gone[file] = false;
            // One that is under way has its own way to be known; one of a wrong length is no copy of the file.
            if (blobs.StateOf(file) is BlobState.Unknown or BlobState.Lost && blobs.CanHaveLength(file, item.Length))
            {
                written = blobs.SetStoredAsync(file, item.Length);
                if (++isNew % WrittenAtATime == 0)
                {
                    await written.ConfigureAwait(false);
                }
            }
        }

        for (var file = 0; file < gone.Count; file++)
        {
            if (gone[file])
            {
                written = blobs.SetStateAsync(file, BlobState.Unknown);
                isGone++;
            }
        }

        // The index writes in order: with the last all are written.
        await written.ConfigureAwait(false);
        blobs.MarkSurveyed();
        return new Result(found, isNew, isGone);
    }

    private async Task RunUntilDoneAsync(DataSetBlobs blobs)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var result = await RunAsync(blobs, stopping).ConfigureAwait(false);
                logger.LogInformation(
                    "The store was looked through: {Found} files of {DataSet}, {New} of them new to the index.", result.Found, blobs.DataSet, result.New);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // The next start begins again.
                return;
            }
            catch (Exception e) when (e is StoreException or SqliteException)
            {
                logger.LogWarning("The store could not be looked through and is tried again in {Seconds:0} s: {Reason}", pause.TotalSeconds, e.Message);
            }

            // Readers should not ask in vain for as long as it is out of reach.
            blobs.MayBeStored = false;
            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            blobs.MayBeStored = true;
        }
    }
}
