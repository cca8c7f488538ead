using System.Runtime.InteropServices;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>Where a member is and what it will be, as the archive's directory says. Written to disk as it stands in memory.</summary>
/// <param name="Offset">The first byte of its local header.</param>
/// <param name="PackedLength">Its length in the archive.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Crc32">The checksum of its bytes.</param>
/// <param name="Method">How it is packed.</param>
/// <param name="Flags">Bit 0: it is encrypted.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ZipEntry(long Offset, long PackedLength, long Length, uint Crc32, ZipMethod Method, ushort Flags)
{
    /// <summary>Bytes of one in memory.</summary>
    public const int Size = 32;

    /// <summary>Whether a password would be needed.</summary>
    public bool IsEncrypted => (Flags & 1) != 0;
}
