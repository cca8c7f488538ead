using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>A READ of bytes that are not here yet.</summary>
internal sealed class ParkedRead(ulong unique, IFileTree tree, NodeId file, long offset, int length, FuseCounters counters)
    : ParkedRequest(unique, FuseOpcode.Read)
{
    public override bool TryAnswer(Span<byte> body, out OperationResult result)
    {
        var read = tree.TryRead(file, offset, body[..length]);
        result = read.Error == Errno.None
            ? OperationResult.Answer(read.Bytes)
            : OperationResult.Failed(read.Error);
        if (!read.IsPending && read.Error == Errno.None)
        {
            counters.CountRead(read.Bytes);
        }

        return !read.IsPending;
    }

    protected override ValueTask WaitForTreeAsync(CancellationToken cancellationToken) =>
        tree.WaitReadableAsync(file, offset, length, cancellationToken);
}
