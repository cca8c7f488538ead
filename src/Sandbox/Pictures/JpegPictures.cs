using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Baseline grey JPEGs of a wanted size. A base picture for each view is encoded once; a file is that picture with a
/// band of its own, and comment segments that bring it to its size.
/// </summary>
internal sealed class JpegPictures : IPictureSource
{
    /// <summary>The part of the smallest file that a base picture may fill.</summary>
    private const double PictureShare = 0.9;

    /// <summary>A comment segment: marker and length take 4 bytes, and the length counts its own 2 (T.81, B.2.4.5).</summary>
    private const int CommentOverhead = 4;
    private const int LargestComment = 65_535 + 2;

    private readonly int _averageBytes;
    private readonly BasePicture[] _pictures;
    private readonly byte[] _padding = new byte[LargestComment];

    /// <summary>Encodes the base pictures.</summary>
    /// <param name="averageBytes">Average size of a file.</param>
    /// <param name="seed">Decides the pictures.</param>
    public JpegPictures(int averageBytes, int seed)
    {
        _averageBytes = averageBytes;
        var views = Enum.GetValues<ViewPosition>();
        _pictures = new BasePicture[views.Length];
        Parallel.For(0, views.Length, i =>
            _pictures[i] = BasePicture.Fit(views[i], (int)(averageBytes * PictureSize.Smallest * PictureShare), (ulong)seed));
        new SeededRandom((ulong)seed).Fill(_padding);
    }

    /// <inheritdoc/>
    public string Extension => ".jpg";

    /// <inheritdoc/>
    public (int Rows, int Columns) GetSize(ImageRecord image)
    {
        var chest = _pictures[(int)image.View].Chest;
        return (chest.Height, chest.Width);
    }

    /// <inheritdoc/>
    public void Write(Study study, ImageRecord image, ArrayBufferWriter<byte> destination)
    {
        var picture = _pictures[(int)image.View];
        var codeBand = picture.EncodeCodeBand(image.Seed);
        var comment = Encoding.ASCII.GetBytes($"SYNTHETIC picture of mimic-cxr's sandbox, no patient: {image.DicomId}");

        var length = JpegMarkers.StartLength + CommentOverhead + comment.Length + JpegMarkers.TablesLength
            + picture.ScanLength - picture.Bands[ChestPicture.CodeBand].Length + codeBand.WrittenCount + JpegMarkers.EndLength;
        JpegMarkers.WriteStart(destination);
        WriteComment(destination, comment);
        WritePadding(destination, PictureSize.For(image, _averageBytes) - length, image.Seed);
        JpegMarkers.WriteTables(destination, picture.Chest.Width, picture.Chest.Height);
        for (var band = 0; band < picture.Bands.Length; band++)
        {
            if (band > 0)
            {
                JpegMarkers.WriteRestart(destination, band - 1);
            }

            destination.Write(band == ChestPicture.CodeBand ? codeBand.WrittenSpan : picture.Bands[band]);
        }

        JpegMarkers.WriteEnd(destination);
    }

    private void WritePadding(ArrayBufferWriter<byte> destination, int bytes, ulong seed)
    {
        // What is left below the size of an empty segment stays missing.
        while (bytes >= CommentOverhead)
        {
            var segment = Math.Min(bytes, LargestComment);
            if (bytes - segment is > 0 and < CommentOverhead)
            {
                segment -= CommentOverhead;
            }

            // Different files start at a different place of the random bytes.
            var payload = segment - CommentOverhead;
            var start = (int)(seed % (ulong)(_padding.Length - payload));
            WriteComment(destination, _padding.AsSpan(start, payload));
            bytes -= segment;
        }
    }

    private static void WriteComment(ArrayBufferWriter<byte> destination, ReadOnlySpan<byte> text)
    {
        Span<byte> head = [0xFF, 0xFE, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(text.Length + 2));
        destination.Write(head);
        destination.Write(text);
    }
}
