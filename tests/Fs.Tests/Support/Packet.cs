using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>Builds requests and takes replies apart, by the kernel's layout and not by the structs under test.</summary>
internal static class Packet
{
    public static byte[] Request(FuseOpcode opcode, ulong unique, ulong node, params byte[] body)
    {
        var packet = new byte[40 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(packet, packet.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(4), (uint)opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(8), unique);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(16), node);
        body.CopyTo(packet, 40);
        return packet;
    }

    public static byte[] Read(FuseOpcode opcode, ulong unique, ulong node, ulong offset, uint length)
    {
        var body = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(16), length);
        return Request(opcode, unique, node, body);
    }

    public static byte[] Interrupt(ulong target)
    {
        var body = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(body, target);
        return Request(FuseOpcode.Interrupt, target | 1, 0, body);
    }

    public static int Error(ReadOnlySpan<byte> reply) => BinaryPrimitives.ReadInt32LittleEndian(reply[4..]);

    public static ulong Unique(ReadOnlySpan<byte> reply) => BinaryPrimitives.ReadUInt64LittleEndian(reply[8..]);

    public static ulong UInt64(ReadOnlySpan<byte> reply, int bodyOffset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(reply[(16 + bodyOffset)..]);

    public static byte[] FromHex(string hex) => Convert.FromHexString(hex.Replace(" ", "").Replace("\n", ""));

    public static byte[] Of<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
