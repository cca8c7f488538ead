using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>A GETATTR of a file whose size is not known yet.</summary>
internal sealed class ParkedSize(ulong unique, IFileTree tree, NodeAttributes attributes, FileOwner owner, bool readFollows)
    : ParkedRequest(unique, FuseOpcode.GetAttributes)
{
    private long _size;

    public override bool TryAnswer(Span<byte> body, out OperationResult result)
    {
        var answer = AttributeCoding.ToAnswer(attributes with { Size = _size }, owner);
        MemoryMarshal.Write(body, in answer);
        result = OperationResult.Answer(FuseAttrOut.Size);
        return true;
    }

    protected override async ValueTask WaitForTreeAsync(CancellationToken cancellationToken)
    {
        _size = await tree.GetSizeAsync(attributes.Node, readFollows, cancellationToken).ConfigureAwait(false);
        if (_size < 0)
        {
            throw new FsException(Errno.InputOutput, "The tree gave a negative size.");
        }
    }
}
