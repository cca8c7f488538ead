namespace MimicCxr.Daemon.Cache;

/// <summary>A blob as a stream that can only be read, asynchronously; its bytes are fetched as they are wanted.</summary>
internal sealed class BlobStream(BlobCache cache, Blob blob) : ForwardStream
{
    private long _length = -1;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_length < 0)
        {
            _length = await cache.GetLengthAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        var wanted = buffer[..(int)Math.Min(buffer.Length, Math.Max(0, _length - Position))];
        if (wanted.IsEmpty)
        {
            return 0;
        }

        int count;
        while (!cache.TryRead(blob, Position, wanted.Span, out count))
        {
            await cache.WaitAsync(blob, Position, wanted.Length, cancellationToken).ConfigureAwait(false);
        }

        // A blob is whole or refused; a stream that ended early would pass for a shorter file.
        if (count == 0)
        {
            throw new CacheException(CacheError.DiskFailed, "A file of the spool was cut short by something else. Empty the folder of --spool-dir.");
        }

        Position += count;
        return count;
    }
}
