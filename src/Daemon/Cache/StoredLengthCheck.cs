using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Stands before a transfer that the store fills, and refuses an object whose length cannot be right, before any reader
/// is told that length: whoever believes it would take a cut file for a whole one.
/// </summary>
internal sealed class StoredLengthCheck(IFetchSink transfer, DataSetBlobs blobs, int file) : IFetchSink
{
    /// <summary>Whether the object was refused.</summary>
    public bool HasRefused { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="StoreException">The length is another one.</exception>
    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        // An empty file has no last block that could be held back until the checksum is known.
        if (blobs.CanHaveLength(file, length))
        {
            return transfer.BeginAsync(length, cancellationToken);
        }

        HasRefused = true;
        throw new StoreException(StoreError.BadAnswer, "An object in the store has another length than its file.");
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => transfer.Write(offset, bytes);

    /// <inheritdoc/>
    public void Restart() => transfer.Restart();
}
