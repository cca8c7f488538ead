using System.Buffers.Binary;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>What stands in front of a member's bytes (APPNOTE.TXT, 4.3.7). Its lengths may be zero, so those of the directory count.</summary>
internal static class LocalHeader
{
    /// <summary>Bytes of it without name and extra fields.</summary>
    public const int FixedSize = 30;

    private const uint Signature = 0x04034b50;

    /// <summary>Where the member's bytes begin.</summary>
    /// <param name="header">The first bytes of the header, its name included.</param>
    /// <param name="name">The member's path, by the directory.</param>
    /// <param name="entry">The member, by the directory.</param>
    /// <exception cref="ArchiveException">Something else stands there than the directory says.</exception>
    public static long DataOffset(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, in ZipEntry entry)
    {
        var fits = BinaryPrimitives.ReadUInt32LittleEndian(header) == Signature
            && (ZipMethod)BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) == entry.Method
            && header[FixedSize..].SequenceEqual(name)
            && BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) == name.Length;
        return fits
            ? entry.Offset + FixedSize + name.Length + BinaryPrimitives.ReadUInt16LittleEndian(header[28..])
            : throw new ArchiveException("The zip archive is damaged: a member does not stand where its directory says.");
    }
}
