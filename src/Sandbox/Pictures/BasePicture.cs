using System.Buffers;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>An encoded picture whose bands can be put into many files.</summary>
internal sealed class BasePicture
{
    /// <summary>Two bands are needed: one of them carries the code.</summary>
    private const int MinimumSide = 2 * ChestPicture.BlockSize;

    /// <summary>What the noise of <see cref="ChestPicture"/> costs at the quality of <see cref="BlockEncoder"/>.</summary>
    private const double TypicalBitsPerPixel = 1.5;

    /// <summary>Marker segments and the comment that every file has.</summary>
    private static readonly int SegmentBytes = JpegMarkers.StartLength + JpegMarkers.TablesLength + JpegMarkers.EndLength + 150;

    private BasePicture(ChestPicture chest)
    {
        Chest = chest;
        Bands = new byte[chest.Bands][];
        var pixels = new float[chest.Width * ChestPicture.BlockSize];
        var encoded = new ArrayBufferWriter<byte>(pixels.Length);
        for (var band = 0; band < Bands.Length; band++)
        {
            chest.RenderBand(band, pixels);
            encoded.ResetWrittenCount();
            BlockEncoder.EncodeBand(pixels, chest.Width, encoded);
            Bands[band] = encoded.WrittenSpan.ToArray();
        }

        ScanLength = Bands.Sum(band => band.Length) + ((Bands.Length - 1) * JpegMarkers.RestartLength);
    }

    /// <summary>What was encoded.</summary>
    public ChestPicture Chest { get; }

    /// <summary>Entropy-coded bytes of each band.</summary>
    public byte[][] Bands { get; }

    /// <summary>Bytes of all bands and the restart markers between them.</summary>
    public int ScanLength { get; }

    /// <summary>Makes a picture of about the real shape whose file stays within a size, and nearly fills it.</summary>
    public static BasePicture Fit(ViewPosition view, int bytes, ulong seed)
    {
        var random = SeededRandom.For(seed, (ulong)view, 0).NextBits();
        var pixels = bytes * 8 / TypicalBitsPerPixel;
        for (var attempt = 0; ; attempt++)
        {
            var width = ToBlocks(Math.Sqrt(pixels * 5 / 6));
            var height = ToBlocks(pixels / width);
            var picture = new BasePicture(new ChestPicture(width, height, view, random));
            var length = picture.ScanLength + SegmentBytes;
            var fits = length <= bytes && (length > bytes * 0.85 || attempt > 0);
            if (fits || (width == MinimumSide && height == MinimumSide))
            {
                return picture;
            }

            pixels *= 0.95 * bytes / length;
        }
    }

    /// <summary>Encodes the band that makes one file different from all others.</summary>
    public ArrayBufferWriter<byte> EncodeCodeBand(ulong imageSeed)
    {
        var pixels = new float[Chest.Width * ChestPicture.BlockSize];
        var encoded = new ArrayBufferWriter<byte>(pixels.Length);
        Chest.RenderCodeBand(imageSeed, pixels);
        BlockEncoder.EncodeBand(pixels, Chest.Width, encoded);
        return encoded;
    }

    private static int ToBlocks(double pixels) =>
        Math.Max(MinimumSide, (int)(pixels / ChestPicture.BlockSize) * ChestPicture.BlockSize);
}
