using System.Buffers.Binary;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>The end of a zip, which says where its directory is (APPNOTE.TXT, 4.3.14 to 4.3.16).</summary>
/// <param name="DirectoryOffset">The first byte of the directory.</param>
/// <param name="DirectoryLength">Its length in bytes.</param>
/// <param name="Count">Entries in it.</param>
internal readonly record struct ZipEnd(long DirectoryOffset, int DirectoryLength, int Count)
{
    /// <summary>The end record with the longest comment, what zip64 puts in front of it, and something for small directories.</summary>
    public const int TailLength = 128 * 1024;

    /// <summary>Larger directories are not read: the memory for them must be bounded. Three times what mimic-cxr's reports need.</summary>
    public const int LongestDirectory = 64 << 20;

    private const uint Signature = 0x06054b50;
    private const int Size = 22;
    private const uint LocatorSignature = 0x07064b50;
    private const int LocatorSize = 20;
    private const uint Signature64 = 0x06064b50;
    private const int Size64 = 56;

    /// <summary>Reads the end of an archive.</summary>
    /// <param name="tail">Its last bytes: <see cref="TailLength"/>, or all.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="ArchiveException">It is no zip, a damaged one, or one of several parts.</exception>
    public static ZipEnd Read(ReadOnlySpan<byte> tail, long length)
    {
        var at = Find(tail);
        if (at < 0)
        {
            throw new ArchiveException("This is no zip archive, or its end is missing.");
        }

        var record = tail[at..];
        var (disks, count, directoryLength, directoryOffset) = (
            BinaryPrimitives.ReadUInt16LittleEndian(record[4..]) | BinaryPrimitives.ReadUInt16LittleEndian(record[6..]),
            (ulong)BinaryPrimitives.ReadUInt16LittleEndian(record[10..]),
            (ulong)BinaryPrimitives.ReadUInt32LittleEndian(record[12..]),
            (ulong)BinaryPrimitives.ReadUInt32LittleEndian(record[16..]));
        var tailOffset = length - tail.Length;
        if (at >= LocatorSize && BinaryPrimitives.ReadUInt32LittleEndian(tail[(at - LocatorSize)..]) == LocatorSignature)
        {
            // Its fields count where those of the small record are all ones, and say the same where they are not.
            var record64 = Find64(tail, at, tailOffset);
            (disks, count, directoryLength, directoryOffset) = (
                (int)(BinaryPrimitives.ReadUInt32LittleEndian(record64[16..]) | BinaryPrimitives.ReadUInt32LittleEndian(record64[20..])),
                BinaryPrimitives.ReadUInt64LittleEndian(record64[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(record64[40..]),
                BinaryPrimitives.ReadUInt64LittleEndian(record64[48..]));
        }

        if (disks != 0)
        {
            throw new ArchiveException("The zip archive is one part of several, which are not read.");
        }

        if (directoryLength > LongestDirectory)
        {
            throw new ArchiveException($"The zip archive's directory is said to have {directoryLength} bytes; up to {LongestDirectory} are read.");
        }

        var room = (ulong)(tailOffset + at);
        return directoryLength <= room && directoryOffset <= room - directoryLength && count <= directoryLength / CentralHeader.FixedSize
            ? new ZipEnd((long)directoryOffset, (int)directoryLength, (int)count)
            : throw Damaged();
    }

    /// <summary>The last record whose comment ends with the archive.</summary>
    private static int Find(ReadOnlySpan<byte> tail)
    {
        for (var at = tail.Length - Size; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[at..]) == Signature
                && at + Size + BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]) == tail.Length)
            {
                return at;
            }
        }

        return -1;
    }

    private static ReadOnlySpan<byte> Find64(ReadOnlySpan<byte> tail, int end, long tailOffset)
    {
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(tail[(end - LocatorSize + 8)..]);
        var at = offset >= (ulong)tailOffset ? offset - (ulong)tailOffset : ulong.MaxValue;
        return end >= LocatorSize + Size64 && at <= (ulong)(end - LocatorSize - Size64)
            && BinaryPrimitives.ReadUInt32LittleEndian(tail[(int)at..]) == Signature64
            ? tail[(int)at..]
            : throw Damaged();
    }

    private static ArchiveException Damaged() => new("The zip archive is damaged: its end does not fit its directory.");
}
