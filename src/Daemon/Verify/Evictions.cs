using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Verify;

/// <summary>Takes blobs out of the spool, and objects out of the store, because the user wants it.</summary>
internal sealed class Evictions(Spool spool, IObjectStore store)
{
    /// <summary>What one request to a bucket removes.</summary>
    private const int ObjectsAtATime = 1000;

    /// <summary>Takes out of the spool whatever may leave it.</summary>
    public EvictionResult EvictAll() => spool.Keys().Aggregate(default(EvictionResult), Evict);

    /// <summary>Takes out files of a data set.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="files">Ordinals.</param>
    /// <param name="fromStore">Whether the objects that the index lists leave the store too.</param>
    /// <param name="cancellationToken">Stops between a thousand objects and the next.</param>
    /// <exception cref="StoreException">The store kept them, or some.</exception>
    public async Task<EvictionResult> EvictAsync(DataSetBlobs blobs, IReadOnlyList<int> files, bool fromStore, CancellationToken cancellationToken)
    {
        var result = files.Aggregate(default(EvictionResult), (sum, file) => Evict(sum, SpoolKey.Of(blobs.DataSet, blobs.Catalog, blobs.Catalog.NodeOf(file))));
        if (!fromStore)
        {
            return result;
        }

        foreach (var some in files.Where(file => blobs.StateOf(file) == BlobState.Stored).Chunk(ObjectsAtATime))
        {
            // Killed in between, the index lists what is gone: whoever reads that gets it from the origin.
            await store.DeleteAsync([.. some.Select(blobs.PathOf)], cancellationToken).ConfigureAwait(false);
            var written = Task.CompletedTask;
            foreach (var file in some)
            {
                written = blobs.SetStateAsync(file, BlobState.Unknown);
                result = result with { Objects = result.Objects + 1, ObjectBytes = result.ObjectBytes + (blobs.TryGetSize(file, out var size) ? size : 0) };
            }

            // The index writes in order: with the last all are written.
            await written.ConfigureAwait(false);
        }

        return result;
    }

    private EvictionResult Evict(EvictionResult sum, SpoolKey key) => spool.Evict(key, evenHeld: false, out var bytes) switch
    {
        Eviction.Gone => sum with { Evicted = sum.Evicted + 1, Bytes = sum.Bytes + bytes },
        Eviction.Held => sum with { Held = sum.Held + 1 },
        _ => sum,
    };
}
