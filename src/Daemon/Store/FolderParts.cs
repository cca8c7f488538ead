using System.Buffers;

namespace MimicCxr.Daemon.Store;

/// <summary>A file of a folder store that arrives in parts.</summary>
internal sealed class FolderParts(FolderObjectStore store, FolderPartial partial, string key, long length, ObjectNote note) : IObjectParts
{
    /// <inheritdoc/>
    public Task PutPartAsync(int number, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        store.Write(() => partial.Write(bytes, (long)number * IObjectParts.PartLength));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CompleteAsync(bool overwrite, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        store.Keep(partial, key, length, note, overwrite);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        partial.Dispose();
        return ValueTask.CompletedTask;
    }
}
