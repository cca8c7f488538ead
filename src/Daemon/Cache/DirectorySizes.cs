using System.Collections.Concurrent;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Learns lengths without fetching files: one request for the page of a directory tells those of all its files. However
/// many ask about one directory at once, it is asked for once.
/// </summary>
internal sealed class DirectorySizes(IOrigin origin, CancellationToken stopping)
{
    private readonly ConcurrentDictionary<(DataSetBlobs, int Directory), Lazy<Task>> _running = new();

    /// <summary>The length of a file in bytes.</summary>
    /// <exception cref="OriginException">The origin does not tell.</exception>
    public async Task<long> GetAsync(DataSetBlobs blobs, int file, CancellationToken cancellationToken)
    {
        var directory = blobs.Catalog.Parent(blobs.Catalog.NodeOf(file));
        var key = (blobs, directory);
        var listing = _running.GetOrAdd(key, _ => new Lazy<Task>(() => Task.Run(() => ListAsync(blobs, directory), stopping)));
        try
        {
            await listing.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OriginException e) when (e.Error is OriginError.NotFound or OriginError.BadAnswer)
        {
            // An origin without directory pages; each file can still be asked for.
        }
        finally
        {
            // Who only stopped waiting leaves it to the others.
            if (listing.Value.IsCompleted)
            {
                _running.TryRemove(new KeyValuePair<(DataSetBlobs, int), Lazy<Task>>(key, listing));
            }
        }

        if (blobs.TryGetSize(file, out var size))
        {
            return size;
        }

        size = await origin.GetLengthAsync(blobs.PathOf(file), cancellationToken).ConfigureAwait(false);
        blobs.LearnSize(file, size);
        return size;
    }

    private async Task ListAsync(DataSetBlobs blobs, int directory)
    {
        var path = directory == 0 ? blobs.DataSet.ToString() : $"{blobs.DataSet}/{blobs.Catalog.Path(directory)}";
        foreach (var (name, length) in await origin.ListDirectoryAsync(path, stopping).ConfigureAwait(false))
        {
            if (blobs.Catalog.TryFindChild(directory, System.Text.Encoding.UTF8.GetBytes(name), out var node)
                && !blobs.Catalog.IsDirectory(node)
                && !blobs.TryGetSize(blobs.Catalog.FileOf(node), out _))
            {
                blobs.LearnSize(blobs.Catalog.FileOf(node), length);
            }
        }
    }
}
