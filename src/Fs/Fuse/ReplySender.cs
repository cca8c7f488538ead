using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>Sends replies, and sees to it that a request whose reply the kernel refused does not hang.</summary>
internal sealed class ReplySender(IFuseChannel channel, ILogger logger)
{
    // FUSE_INT_REQ_BIT of the kernel's fuse_i.h: set in the unique of every INTERRUPT.
    private const ulong InterruptBit = 1;

    /// <returns>Whether the kernel took the reply.</returns>
    public bool Send(ReadOnlySpan<byte> message)
    {
        var refused = channel.Send(message);

        // ENOENT: interrupted, killed or aborted meanwhile. ENODEV: the session is over, as the next read will say.
        if (refused is Errno.None or Errno.NoEntry or Errno.NoDevice)
        {
            return refused == Errno.None;
        }

        var header = MemoryMarshal.Read<FuseOutHeader>(message);
        if ((header.Unique & InterruptBit) != 0)
        {
            return false;
        }

        logger.LogError("The kernel refused a reply of {Bytes} bytes: {Error}", message.Length, refused);
        SendError(header.Unique, Errno.InputOutput);
        return false;
    }

    public void SendError(ulong unique, Errno error)
    {
        var header = new FuseOutHeader { Length = FuseOutHeader.Size, Error = -(int)error, Unique = unique };
        Span<byte> message = stackalloc byte[FuseOutHeader.Size];
        MemoryMarshal.Write(message, in header);

        // Nothing is left to try when this is refused too.
        _ = channel.Send(message);
    }
}
