using System.Buffers;
using System.Buffers.Binary;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>The marker segments of a baseline grey JPEG (ITU-T T.81, annex B; JFIF 1.01).</summary>
internal static class JpegMarkers
{
    /// <summary>Bytes of <see cref="WriteStart"/>.</summary>
    public const int StartLength = 2 + 18;

    /// <summary>Bytes of <see cref="WriteRestart"/>.</summary>
    public const int RestartLength = 2;

    /// <summary>Bytes of <see cref="WriteEnd"/>.</summary>
    public const int EndLength = 2;

    private static readonly byte[] HuffmanSegments =
        [.. HuffmanSegment(0x00, HuffmanTable.LuminanceDc), .. HuffmanSegment(0x10, HuffmanTable.LuminanceAc)];

    /// <summary>Bytes of <see cref="WriteTables"/>.</summary>
    public static int TablesLength => 69 + 13 + HuffmanSegments.Length + 6 + 10;

    /// <summary>Start of image and the JFIF segment.</summary>
    public static void WriteStart(ArrayBufferWriter<byte> destination) => destination.Write<byte>(
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0]);

    /// <summary>Tables, frame header, one restart interval a band, scan header.</summary>
    public static void WriteTables(ArrayBufferWriter<byte> destination, int width, int height)
    {
        destination.Write<byte>([0xFF, 0xDB, 0, 67, 0, .. BlockEncoder.QuantisationInZigZag]);

        Span<byte> frame = [0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0];
        BinaryPrimitives.WriteUInt16BigEndian(frame[5..], (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(frame[7..], (ushort)width);
        destination.Write(frame);
        destination.Write(HuffmanSegments);

        Span<byte> interval = [0xFF, 0xDD, 0, 4, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(interval[4..], (ushort)(width / ChestPicture.BlockSize));
        destination.Write(interval);
        destination.Write<byte>([0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 63, 0]);
    }

    /// <summary>The restart marker after a band; they count from 0 to 7 and start over.</summary>
    public static void WriteRestart(ArrayBufferWriter<byte> destination, int band) =>
        destination.Write<byte>([0xFF, (byte)(0xD0 + (band % 8))]);

    /// <summary>End of image.</summary>
    public static void WriteEnd(ArrayBufferWriter<byte> destination) => destination.Write<byte>([0xFF, 0xD9]);

    private static byte[] HuffmanSegment(byte destination, HuffmanTable table) =>
        [0xFF, 0xC4, 0, (byte)(3 + table.Counts.Length + table.Symbols.Length), destination, .. table.Counts, .. table.Symbols];
}
