using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// An archive at the origin that spool or store may have whole, as the file of its data set that it is. What is there is not asked of the
/// origin; all else is, by Range, and nobody waits for the whole to come from there.
/// </summary>
/// <param name="origin">Where the archive is.</param>
/// <param name="path">Which: <c>SLUG/VERSION/PATH</c>.</param>
/// <param name="version">The version that is known already; null to begin with the one that is there.</param>
/// <param name="cache">The cache.</param>
/// <param name="file">The archive as a file of its data set.</param>
internal sealed class CachedArchive(IOrigin origin, string path, FileVersion? version, BlobCache cache, IArchiveFile file) : IArchiveSource
{
    private OriginArchive _atOrigin = new(origin, path, version);
    private int _isFetched;

    /// <inheritdoc/>
    public FileVersion? Version => _atOrigin.Version;

    /// <inheritdoc/>
    public bool OpensLate => false;

    /// <inheritdoc/>
    public Task PrepareAsync(bool mayAsk, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken)
    {
        if (file.Find() is { } whole && await TryGetLengthAsync(whole, cancellationToken).ConfigureAwait(false) is { } length)
        {
            var bytes = new byte[Math.Min(most, length)];
            if (await TryReadAsync(whole, length - bytes.Length, bytes, cancellationToken).ConfigureAwait(false))
            {
                // Should a part be asked of the origin later on, its length tells whether it is of the same archive; the checksums do for all.
                _atOrigin = new OriginArchive(origin, path, new FileVersion(length, null));
                return (bytes, length);
            }
        }

        return await _atOrigin.ReadTailAsync(most, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (file.Find() is not { } whole
            || (Version is { } known && whole.Owner.TryGetSize(whole.File, out var length) && length != known.Length)
            || !await TryReadAsync(whole, offset, destination, cancellationToken).ConfigureAwait(false))
        {
            await _atOrigin.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task FetchWholeAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isFetched, 1) == 0 && await file.LoadAsync(cancellationToken).ConfigureAwait(false) is { } whole)
        {
            await cache.GetLengthAsync(whole, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether all of it can be read without the origin.</summary>
    private static bool IsHere(Blob whole) =>
        whole.Resident is { IsGone: false } || whole.Owner.StateOf(whole.File) == BlobState.Stored;

    private async Task<long?> TryGetLengthAsync(Blob whole, CancellationToken cancellationToken)
    {
        try
        {
            return IsHere(whole) ? await cache.GetLengthAsync(whole, cancellationToken).ConfigureAwait(false) : null;
        }
        catch (Exception e) when (e is CacheException or StoreException)
        {
            return null;
        }
    }

    /// <returns>False where the origin has to be asked for the range.</returns>
    private async Task<bool> TryReadAsync(Blob whole, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                if (!cache.TryRead(whole, offset, destination.Span, out var count))
                {
                    if (!IsHere(whole))
                    {
                        return false;
                    }

                    await cache.WaitAsync(whole, offset, destination.Length, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                if (count == 0)
                {
                    throw new ArchiveException("The archive ends before the part that was asked for.");
                }

                offset += count;
                destination = destination[count..];
            }

            return true;
        }
        catch (Exception e) when (e is CacheException or StoreException)
        {
            // No room for the whole, or a disk or store that fails.
            return false;
        }
    }
}
