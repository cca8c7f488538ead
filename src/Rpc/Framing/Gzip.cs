using System.Buffers;
using System.IO.Compression;

namespace MimicCxr.Rpc.Framing;

/// <summary>Packs and unpacks single messages.</summary>
internal static class Gzip
{
    /// <summary>Unpacks, never beyond the limit: a small message may unpack to gigabytes.</summary>
    public static ReadOnlySequence<byte> Unpack(ReadOnlySequence<byte> packed, int limit)
    {
        var unpacked = new ArrayBufferWriter<byte>();
        try
        {
            using var source = new MemoryStream(packed.ToArray(), writable: false);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            while (true)
            {
                var read = gzip.Read(unpacked.GetSpan(4096));
                if (read == 0)
                {
                    return new ReadOnlySequence<byte>(unpacked.WrittenMemory);
                }

                unpacked.Advance(read);
                if (unpacked.WrittenCount > limit)
                {
                    throw FramingErrors.TooLargeUnpacked(limit);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw FramingErrors.BadGzip(e);
        }
    }

    /// <summary>Packs at least one byte: for none GZipStream writes nothing, which is no gzip.</summary>
    public static ReadOnlyMemory<byte> Pack(ReadOnlySpan<byte> plain)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }
}
