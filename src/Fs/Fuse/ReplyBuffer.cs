using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The buffer of one thread for one reply: header and body side by side, so that one write sends both. The body
/// starts at a page, where the kernel and pread copy fastest. Not thread-safe.
/// </summary>
internal sealed class ReplyBuffer
{
    private readonly byte[] _memory;
    private readonly int _bodyStart;
    private readonly int _bodyBytes;

    /// <summary>Creates a buffer.</summary>
    /// <param name="bodyBytes">The longest answer; by default that of a READ.</param>
    public ReplyBuffer(int bodyBytes = FuseProtocol.MaxReadBytes)
    {
        _bodyBytes = bodyBytes;
        var page = Environment.SystemPageSize;
        _memory = GC.AllocateUninitializedArray<byte>(bodyBytes + (2 * page), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _bodyStart = (int)(page - (address % page));
        if (_bodyStart < FuseOutHeader.Size)
        {
            _bodyStart += page;
        }
    }

    /// <summary>Where an operation writes its answer; holds what an earlier one left.</summary>
    public Span<byte> Body => _memory.AsSpan(_bodyStart, _bodyBytes);

    /// <summary>The reply with the first <paramref name="bodyLength"/> bytes of <see cref="Body"/>.</summary>
    public ReadOnlySpan<byte> Answer(ulong unique, int bodyLength) => Message(unique, 0, bodyLength);

    /// <summary>The reply that the request failed.</summary>
    public ReadOnlySpan<byte> Error(ulong unique, Errno error) => Message(unique, -(int)error, 0);

    /// <summary>A notification with the first <paramref name="bodyLength"/> bytes of <see cref="Body"/>.</summary>
    public ReadOnlySpan<byte> Notification(FuseNotification code, int bodyLength) => Message(0, (int)code, bodyLength);

    private Span<byte> Message(ulong unique, int error, int bodyLength)
    {
        var message = _memory.AsSpan(_bodyStart - FuseOutHeader.Size, FuseOutHeader.Size + bodyLength);
        var header = new FuseOutHeader { Length = (uint)message.Length, Error = error, Unique = unique };
        MemoryMarshal.Write(message, in header);
        return message;
    }
}
