using System.Buffers.Binary;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>One entry of a zip's directory (APPNOTE.TXT, 4.3.12), as it stands in memory.</summary>
internal readonly ref struct CentralHeader
{
    /// <summary>Bytes of an entry without name, extra fields and comment.</summary>
    public const int FixedSize = 46;

    private const uint Signature = 0x02014b50;
    private const ushort Zip64Field = 1;

    private CentralHeader(ReadOnlySpan<byte> name, ZipEntry entry, int size)
    {
        Name = name;
        Entry = entry;
        Size = size;
    }

    /// <summary>What an entry begins with, to be searched for.</summary>
    public static ReadOnlySpan<byte> Beginning => "PK\u0001\u0002"u8;

    /// <summary>The member's path. Directories end with '/'.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Where the member is.</summary>
    public ZipEntry Entry { get; }

    /// <summary>Bytes of this entry: the next begins behind them.</summary>
    public int Size { get; }

    /// <summary>Reads the entry that bytes begin with.</summary>
    /// <param name="bytes">May end in the middle of it.</param>
    /// <param name="header">The entry, when it is whole.</param>
    public static HeaderState Read(ReadOnlySpan<byte> bytes, out CentralHeader header)
    {
        header = default;
        if (bytes.Length < FixedSize)
        {
            return bytes.StartsWith(Beginning) || Beginning.StartsWith(bytes[..Math.Min(bytes.Length, Beginning.Length)]) ? HeaderState.Cut : HeaderState.None;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Signature)
        {
            return HeaderState.None;
        }

        var (nameLength, extraLength) = (UInt16(bytes, 28), UInt16(bytes, 30));
        var size = FixedSize + nameLength + extraLength + UInt16(bytes, 32);
        if (size > bytes.Length)
        {
            return HeaderState.Cut;
        }

        var (length, packed, offset) = (UInt32(bytes, 24), UInt32(bytes, 20), UInt32(bytes, 42));
        if (!TryWiden(bytes.Slice(FixedSize + nameLength, extraLength), ref length, ref packed, ref offset))
        {
            return HeaderState.None;
        }

        var entry = new ZipEntry(offset, packed, length, (uint)UInt32(bytes, 16), (ZipMethod)UInt16(bytes, 10), UInt16(bytes, 8));
        header = new CentralHeader(bytes.Slice(FixedSize, nameLength), entry, size);
        return HeaderState.Whole;
    }

    /// <summary>Takes numbers that are all ones from the zip64 field, where they stand in this order (APPNOTE.TXT, 4.5.3).</summary>
    /// <returns>False when one is missing, or larger than any file.</returns>
    private static bool TryWiden(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long offset)
    {
        if (length != uint.MaxValue && packed != uint.MaxValue && offset != uint.MaxValue)
        {
            return true;
        }

        while (extra.Length >= 4)
        {
            var size = UInt16(extra, 2);
            if (size > extra.Length - 4)
            {
                return false;
            }

            if (UInt16(extra, 0) == Zip64Field)
            {
                var field = extra.Slice(4, size);
                return TryTake(ref field, ref length) && TryTake(ref field, ref packed) && TryTake(ref field, ref offset);
            }

            extra = extra[(4 + size)..];
        }

        // All ones without the field is just that number.
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue)
        {
            return true;
        }

        if (field.Length < sizeof(long))
        {
            return false;
        }

        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[sizeof(long)..];
        return value >= 0;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
