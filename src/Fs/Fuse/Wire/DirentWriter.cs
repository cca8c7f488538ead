using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>Writes fuse_dirent and fuse_direntplus records.</summary>
internal static class DirentWriter
{
    /// <summary>FUSE_DIRENT_ALIGN: records start at multiples of 8.</summary>
    public static int Aligned(int bytes) => (bytes + 7) & ~7;

    /// <summary>Writes a record of READDIR.</summary>
    /// <returns>Bytes written, or 0 when it does not fit.</returns>
    public static int TryWrite(Span<byte> destination, ReadOnlySpan<byte> name, in FuseDirent dirent)
    {
        var length = Aligned(FuseDirent.Size + name.Length);
        if (length > destination.Length)
        {
            return 0;
        }

        MemoryMarshal.Write(destination, in dirent);
        name.CopyTo(destination[FuseDirent.Size..]);
        destination[(FuseDirent.Size + name.Length)..length].Clear();
        return length;
    }

    /// <summary>Writes a record of READDIRPLUS.</summary>
    /// <returns>Bytes written, or 0 when it does not fit.</returns>
    public static int TryWritePlus(Span<byte> destination, in FuseEntryOut entry, ReadOnlySpan<byte> name, in FuseDirent dirent)
    {
        if (destination.Length < FuseEntryOut.Size)
        {
            return 0;
        }

        var written = TryWrite(destination[FuseEntryOut.Size..], name, in dirent);
        if (written == 0)
        {
            return 0;
        }

        MemoryMarshal.Write(destination, in entry);
        return FuseEntryOut.Size + written;
    }
}
