using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Stands before a transfer that the store fills, and refuses an object whose length cannot be right, before any reader
/// is told that length: whoever believes it would take a cut file for a whole one. Where nobody knows the length, that of a
/// small object is told once its bytes were found right; a large one is not held up for as long as that takes.
/// </summary>
internal sealed class StoredLengthCheck(Transfer transfer, DataSetBlobs blobs, int file) : IFetchSink
{
    /// <summary>Bytes of the largest object that is held up.</summary>
    private const long Small = 8 << 20;

    /// <inheritdoc/>
    public Task? Urgent => transfer.Urgent;

    /// <summary>Whether the object was refused.</summary>
    public bool HasRefused { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="StoreException">The length is another one.</exception>
    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        // An empty file has no last block that could be held back until the checksum is known.
        if (blobs.CanHaveLength(file, length))
        {
            return length > Small || blobs.TryGetSize(file, out _)
                ? transfer.BeginAsync(length, cancellationToken)
                : transfer.BeginInDoubtAsync(length, cancellationToken);
        }

        HasRefused = true;
        throw new StoreException(StoreError.BadAnswer, "An object in the store has another length than its file.");
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => transfer.Write(offset, bytes);

    /// <inheritdoc/>
    public void Restart() => transfer.Restart();
}
