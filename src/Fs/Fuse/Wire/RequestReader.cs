using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>One request of the kernel, parsed in place. Nothing in it is trusted: every read is a Try.</summary>
internal readonly ref struct RequestReader
{
    private RequestReader(FuseInHeader header, ReadOnlySpan<byte> body)
    {
        Header = header;
        Body = body;
    }

    public FuseInHeader Header { get; }

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Body { get; }

    public NodeId Node => new(Header.Node);

    /// <returns>False when the packet is shorter than a header, or not as long as its header says.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out RequestReader request)
    {
        if (!MemoryMarshal.TryRead(packet, out FuseInHeader header) || header.Length != packet.Length)
        {
            request = default;
            return false;
        }

        request = new RequestReader(header, packet[FuseInHeader.Size..]);
        return true;
    }

    /// <summary>Reads the fixed struct at the start of the body.</summary>
    public bool TryRead<T>(out T value)
        where T : unmanaged => MemoryMarshal.TryRead(Body, out value);

    /// <summary>Reads a body that is one name with its terminating NUL.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name)
    {
        var end = Body.IndexOf((byte)0);
        name = end > 0 ? Body[..end] : default;
        return end > 0 && end == Body.Length - 1;
    }
}
