using System.Buffers;
using System.IO.Compression;
using MimicCxr.Daemon.Archives.Zip;

namespace MimicCxr.Daemon.Archives;

/// <summary>Reads one member of a zip into memory, and checks it.</summary>
internal static class MemberReader
{
    /// <summary>Longer members are not read: they would be in memory whole, packed and unpacked.</summary>
    public const int LongestMember = 64 << 20;

    /// <summary>Reads a member.</summary>
    /// <param name="source">The archive.</param>
    /// <param name="end">The byte behind its last member.</param>
    /// <param name="name">The member's path.</param>
    /// <param name="entry">The member.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>All of its bytes, checked.</returns>
    /// <exception cref="ArchiveException">It is damaged, or of a kind that is not read.</exception>
    public static async Task<byte[]> ReadAsync(IRangeSource source, long end, ReadOnlyMemory<byte> name, ZipEntry entry, CancellationToken cancellationToken)
    {
        RefuseUnreadable(entry);
        var header = new byte[LocalHeader.FixedSize + name.Length];
        await source.ReadAsync(entry.Offset, header, cancellationToken).ConfigureAwait(false);
        var offset = LocalHeader.DataOffset(header, name.Span, entry);
        if (offset + entry.PackedLength > end)
        {
            throw Damaged("goes on behind its end");
        }

        var bytes = entry.Method == ZipMethod.Stored
            ? await ReadStoredAsync(source, offset, entry, cancellationToken).ConfigureAwait(false)
            : await InflateAsync(source, offset, entry, cancellationToken).ConfigureAwait(false);
        return Crc32.Of(bytes) == entry.Crc32 ? bytes : throw Damaged("has other bytes than its checksum says");
    }

    /// <summary>Refuses members of a kind that is not read.</summary>
    /// <exception cref="ArchiveException">It is of one.</exception>
    public static void RefuseKind(in ZipEntry entry)
    {
        if (entry.IsEncrypted)
        {
            throw new ArchiveException("A member of the zip archive is encrypted, which is not read.");
        }

        if (entry.Method is not (ZipMethod.Stored or ZipMethod.Deflated))
        {
            throw new ArchiveException($"A member of the zip archive is packed by method {(int)entry.Method}; only stored and deflated ones are read.");
        }
    }

    private static void RefuseUnreadable(in ZipEntry entry)
    {
        RefuseKind(entry);
        if (entry.Length > LongestMember || entry.PackedLength > LongestMember)
        {
            throw new ArchiveException($"A member of the zip archive is said to have {entry.Length} bytes; up to {LongestMember} are read.");
        }
    }

    private static async Task<byte[]> ReadStoredAsync(IRangeSource source, long offset, ZipEntry entry, CancellationToken cancellationToken)
    {
        if (entry.PackedLength != entry.Length)
        {
            throw Damaged("has two lengths");
        }

        var bytes = new byte[entry.Length];
        await source.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private static async Task<byte[]> InflateAsync(IRangeSource source, long offset, ZipEntry entry, CancellationToken cancellationToken)
    {
        var packed = ArrayPool<byte>.Shared.Rent((int)entry.PackedLength);
        try
        {
            await source.ReadAsync(offset, packed.AsMemory(0, (int)entry.PackedLength), cancellationToken).ConfigureAwait(false);
            return Inflate(packed, entry);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    private static byte[] Inflate(byte[] packed, in ZipEntry entry)
    {
        // A length that cannot be true costs no memory: deflate packs 1032 to 1 at best.
        if (entry.Length / 1032 > entry.PackedLength)
        {
            throw Damaged("has another length than it says");
        }

        try
        {
            using var stream = new DeflateStream(new MemoryStream(packed, 0, (int)entry.PackedLength), CompressionMode.Decompress);
            var bytes = new byte[entry.Length];
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && stream.ReadByte() < 0
                ? bytes
                : throw Damaged("has another length than it says");
        }
        catch (InvalidDataException e)
        {
            throw new ArchiveException("The zip archive is damaged: a member cannot be unpacked.", e);
        }
    }

    private static ArchiveException Damaged(string how) => new($"The zip archive is damaged: a member {how}.");
}
