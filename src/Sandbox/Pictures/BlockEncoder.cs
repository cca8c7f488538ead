using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Encodes bands of 8 pixel rows as baseline JPEG (ITU-T T.81): cosine transform, quantisation, Huffman codes.
/// Each band is a restart interval of its own, so bands can be exchanged between files.
/// </summary>
internal static class BlockEncoder
{
    private const int Size = ChestPicture.BlockSize;

    /// <summary>Zigzag order: position in the scan to index in the block (T.81, figure A.6).</summary>
    private static readonly byte[] ZigZag =
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    /// <summary>Table K.1, luminance, scaled to about the quality of the real pictures.</summary>
    private static readonly byte[] Quantisation = Array.ConvertAll<byte, byte>(
        [
            16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
            18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
        ],
        value => (byte)Math.Max(1, value * 3 / 10));

    /// <summary>Row u holds the weights of the pixels in frequency u (T.81, A.3.3).</summary>
    private static readonly float[] Cosines = MakeCosines();

    private static readonly float[] InverseQuantisation = Array.ConvertAll(Quantisation, value => 1f / value);

    /// <summary>The quantisation table in the order of the file.</summary>
    public static byte[] QuantisationInZigZag => Array.ConvertAll(ZigZag, index => Quantisation[index]);

    /// <summary>Encodes one band.</summary>
    /// <param name="pixels">8 rows of <paramref name="width"/> values from 0 to 1.</param>
    /// <param name="width">A multiple of 8.</param>
    /// <param name="destination">Gets the entropy-coded bytes, without a restart marker.</param>
    public static void EncodeBand(ReadOnlySpan<float> pixels, int width, ArrayBufferWriter<byte> destination)
    {
        var bits = new BitWriter(destination);
        Span<float> block = stackalloc float[Size * Size];
        Span<int> coefficients = stackalloc int[Size * Size];
        var lastDc = 0;
        for (var x = 0; x < width; x += Size)
        {
            for (var y = 0; y < Size; y++)
            {
                var row = (Vector256.Create(pixels.Slice((y * width) + x, Size)) * 255f) - Vector256.Create(128f);
                row.CopyTo(block.Slice(y * Size, Size));
            }

            Transform(block);
            Transform(block);
            for (var i = 0; i < coefficients.Length; i++)
            {
                var index = ZigZag[i];
                coefficients[i] = (int)MathF.Round(block[index] * InverseQuantisation[index]);
            }

            EncodeBlock(ref bits, coefficients, ref lastDc);
        }

        bits.Align();
    }

    private static void EncodeBlock(ref BitWriter bits, ReadOnlySpan<int> coefficients, ref int lastDc)
    {
        var difference = coefficients[0] - lastDc;
        lastDc = coefficients[0];
        var size = BitLength(difference);
        HuffmanTable.LuminanceDc.Write(ref bits, size);
        WriteMagnitude(ref bits, difference, size);

        var zeros = 0;
        for (var i = 1; i < coefficients.Length; i++)
        {
            var value = coefficients[i];
            if (value == 0)
            {
                zeros++;
                continue;
            }

            for (; zeros > 15; zeros -= 16)
            {
                HuffmanTable.LuminanceAc.Write(ref bits, 0xF0);
            }

            size = BitLength(value);
            HuffmanTable.LuminanceAc.Write(ref bits, (zeros << 4) | size);
            WriteMagnitude(ref bits, value, size);
            zeros = 0;
        }

        if (zeros > 0)
        {
            HuffmanTable.LuminanceAc.Write(ref bits, 0);
        }
    }

    private static int BitLength(int value) => 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(value));

    /// <summary>Negative values are written as one less (T.81, F.1.2.1).</summary>
    private static void WriteMagnitude(ref BitWriter bits, int value, int size) =>
        bits.Write((uint)(value < 0 ? value - 1 : value), size);

    /// <summary>Transforms the columns and transposes; done twice it is the transform of both directions.</summary>
    private static void Transform(Span<float> block)
    {
        Span<float> result = stackalloc float[Size * Size];
        for (var u = 0; u < Size; u++)
        {
            var sum = Vector256<float>.Zero;
            for (var y = 0; y < Size; y++)
            {
                sum += Vector256.Create<float>(block.Slice(y * Size, Size)) * Cosines[(u * Size) + y];
            }

            sum.CopyTo(result.Slice(u * Size, Size));
        }

        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                block[(x * Size) + y] = result[(y * Size) + x];
            }
        }
    }

    private static float[] MakeCosines()
    {
        var cosines = new float[Size * Size];
        for (var u = 0; u < Size; u++)
        {
            for (var x = 0; x < Size; x++)
            {
                var scale = u == 0 ? Math.Sqrt(1.0 / Size) : Math.Sqrt(2.0 / Size);
                cosines[(u * Size) + x] = (float)(scale * Math.Cos(((2 * x) + 1) * u * Math.PI / (2 * Size)));
            }
        }

        return cosines;
    }
}
