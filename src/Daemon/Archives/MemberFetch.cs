using System.Buffers;
using System.IO.Compression;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>Unpacks a member, or a part of it, into a sink as it arrives, and checks it.</summary>
internal static class MemberFetch
{
    /// <summary>What a local header may have beyond what the directory tells (extra fields), so that one request does for both.</summary>
    public const int Slack = 256;

    private const int BufferSize = 128 * 1024;

    /// <summary>Unpacks a member from its beginning to the end of what is wanted: packed bytes have no other way in.</summary>
    /// <param name="packed">The archive from the member's local header on.</param>
    /// <param name="name">The member's path.</param>
    /// <param name="entry">The member.</param>
    /// <param name="range">What is wanted of it.</param>
    /// <param name="sink">Takes it; it has begun.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArchiveException">
    /// It is of a kind that is not read, or damaged. The checksum is that of the whole, so it is compared where the range goes to the end.
    /// </exception>
    public static async Task RunAsync(
        ArchiveSections packed, ReadOnlyMemory<byte> name, ZipEntry entry, FileRange range, IFetchSink sink, CancellationToken cancellationToken)
    {
        MemberReader.RefuseKind(entry);
        await SkipHeaderAsync(packed, name, entry, cancellationToken).ConfigureAwait(false);
        if (entry.Method == ZipMethod.Stored)
        {
            await CopyAsync(packed, entry, range, sink, cancellationToken).ConfigureAwait(false);
            return;
        }

        var plain = new DeflateStream(packed, CompressionMode.Decompress, leaveOpen: true);
        await using (plain.ConfigureAwait(false))
        {
            await CopyAsync(plain, entry, range, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task SkipHeaderAsync(ArchiveSections packed, ReadOnlyMemory<byte> name, ZipEntry entry, CancellationToken cancellationToken)
    {
        var header = new byte[LocalHeader.FixedSize + name.Length];
        if (await packed.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < header.Length)
        {
            throw Damaged("goes on behind its end");
        }

        var start = LocalHeader.DataOffset(header, name.Span, entry);
        packed.Skip(start - packed.Position);
        packed.End = start + entry.PackedLength;
    }

    private static async Task CopyAsync(Stream plain, ZipEntry entry, FileRange range, IFetchSink sink, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var (position, end, sum) = (0L, range.EndIn(entry.Length), 0u);
            while (position < end)
            {
                var isWanted = position >= range.Offset;
                var room = isWanted ? sink.RoomAt(position) : default;
                room = room.IsEmpty ? buffer.AsMemory(0, BufferSize) : room;
                room = room[..(int)Math.Min(room.Length, (isWanted ? end : range.Offset) - position)];
                if (await ReadAsync(plain, room, cancellationToken).ConfigureAwait(false) < room.Length)
                {
                    throw Damaged("has another length than it says");
                }

                sum = Crc32.Append(sum, room.Span);
                if (isWanted)
                {
                    sink.Write(position, room.Span);
                }

                position += room.Length;
            }

            if (end == entry.Length && (sum != entry.Crc32 || await ReadAsync(plain, buffer.AsMemory(0, 1), cancellationToken).ConfigureAwait(false) > 0))
            {
                throw Damaged("has other bytes than its checksum says");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> ReadAsync(Stream plain, Memory<byte> room, CancellationToken cancellationToken)
    {
        try
        {
            return await plain.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new ArchiveException("The zip archive is damaged: a member cannot be unpacked.", e);
        }
    }

    private static ArchiveException Damaged(string how) => new($"The zip archive is damaged: a member {how}.");
}
