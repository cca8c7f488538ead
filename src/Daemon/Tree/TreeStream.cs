using MimicCxr.Daemon.Cache;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>A file of a tree as a stream that can only be read, asynchronously, as the kernel reads it: try, wait, try again.</summary>
internal sealed class TreeStream(IFileTree tree, NodeId file) : ForwardStream
{
    /// <inheritdoc/>
    /// <exception cref="FsException">The bytes cannot be had.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadResult result;
        while ((result = tree.TryRead(file, Position, buffer.Span)).IsPending)
        {
            await tree.WaitReadableAsync(file, Position, buffer.Length, cancellationToken).ConfigureAwait(false);
        }

        if (result.Error != Errno.None)
        {
            throw new FsException(result.Error, "The file cannot be read, or was replaced. Open it again.");
        }

        Position += result.Bytes;
        return result.Bytes;
    }
}
