using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>A file of a tree as a stream that can only be read, asynchronously, as the kernel reads it: try, wait, try again.</summary>
internal sealed class TreeStream(IFileTree tree, NodeId file) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <summary>Where the next read begins.</summary>
    public override long Position { get; set; }

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

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read with ReadAsync.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
