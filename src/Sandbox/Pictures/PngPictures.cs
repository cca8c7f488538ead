using System.Buffers.Binary;
using System.IO.Compression;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Grey PNG files (ISO/IEC 15948) of a wanted size: chests like those of the other formats, in 8 bits. Their pixels are not packed, so that
/// they are the same on every machine.
/// </summary>
internal sealed class PngPictures
{
    private const float White = 255;

    /// <summary>Bytes of a chunk beside what it holds.</summary>
    private const int ChunkFrame = 12;

    private readonly int _side;
    private readonly Dictionary<ViewPosition, ChestPicture> _chests;

    /// <summary>Prepares the base pictures.</summary>
    /// <param name="averageBytes">Average size of a file.</param>
    /// <param name="seed">Decides the pictures.</param>
    public PngPictures(int averageBytes, int seed)
    {
        _side = Math.Max(2, (int)Math.Sqrt(averageBytes) / ChestPicture.BlockSize) * ChestPicture.BlockSize;
        _chests = new[] { ViewPosition.PA, ViewPosition.Lateral }.ToDictionary(
            view => view, view => new ChestPicture(_side, _side + (2 * ChestPicture.BlockSize), view, SeededRandom.For((ulong)seed, (ulong)view, 0).NextBits()));
    }

    /// <summary>The whole file of a picture; some have two bands more than others.</summary>
    public byte[] Write(ViewPosition view, ulong imageSeed)
    {
        var chest = _chests[view];
        var bands = chest.Bands - (int)(imageSeed % 3);
        var rows = new byte[bands * ChestPicture.BlockSize * (_side + 1)];
        var values = new float[_side * ChestPicture.BlockSize];
        for (var band = 0; band < bands; band++)
        {
            if (band == ChestPicture.CodeBand)
            {
                chest.RenderCodeBand(imageSeed, values);
            }
            else
            {
                chest.RenderBand(band, values);
            }

            for (var i = 0; i < values.Length; i++)
            {
                // A byte before each row says that it is not filtered.
                var (y, x) = Math.DivRem(i, _side);
                rows[(((band * ChestPicture.BlockSize) + y) * (_side + 1)) + 1 + x] = (byte)(values[i] * White);
            }
        }

        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, _side);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], bands * ChestPicture.BlockSize);
        header[8] = 8;
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Packed(rows));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Packed(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return packed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[ChunkFrame + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc32(chunk.AsSpan(4, 4 + content.Length)));
        file.Write(chunk);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
            }
        }

        return ~sum;
    }
}
