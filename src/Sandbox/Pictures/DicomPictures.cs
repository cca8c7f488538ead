using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>
/// Uncompressed grey DICOM files of a wanted size: 12 of 16 bits, MONOCHROME2. A base picture for each view is
/// rendered once; a file is its upper part, as many rows as the size takes, with a band of its own.
/// </summary>
internal sealed class DicomPictures : IPictureSource
{
    private const int BytesPerPixel = 2;
    private const int HeaderBytes = 1_000;
    private const float White = 4_095;
    private const string DigitalXRayForPresentation = "1.2.840.10008.5.1.4.1.1.1.1";
    private const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    private readonly int _averageBytes;
    private readonly int _columns;
    private readonly (ChestPicture Chest, byte[] Pixels)[] _pictures;

    /// <summary>Renders the base pictures.</summary>
    /// <param name="averageBytes">Average size of a file.</param>
    /// <param name="seed">Decides the pictures.</param>
    public DicomPictures(int averageBytes, int seed)
    {
        _averageBytes = averageBytes;
        _columns = RoundUp(Math.Sqrt((double)averageBytes / BytesPerPixel * 5 / 6));
        var rows = RoundUp(averageBytes * PictureSize.Largest / BytesPerPixel / _columns);
        var views = Enum.GetValues<ViewPosition>();
        _pictures = new (ChestPicture, byte[])[views.Length];
        Parallel.For(0, views.Length, i =>
        {
            var chest = new ChestPicture(_columns, rows, views[i], SeededRandom.For((ulong)seed, (ulong)views[i], 0).NextBits());
            _pictures[i] = (chest, Render(chest));
        });
    }

    /// <inheritdoc/>
    public string Extension => ".dcm";

    /// <inheritdoc/>
    public (int Rows, int Columns) GetSize(ImageRecord image)
    {
        var rows = (PictureSize.For(image, _averageBytes) - HeaderBytes) / BytesPerPixel / _columns;
        return (Math.Max(rows, 2 * ChestPicture.BlockSize), _columns);
    }

    /// <inheritdoc/>
    public void Write(Study study, ImageRecord image, ArrayBufferWriter<byte> destination)
    {
        var (rows, columns) = GetSize(image);
        var writer = new DicomWriter(destination);
        var instance = DicomWriter.Uid(image.Seed, (ulong)study.StudyId);
        WriteMeta(writer, instance);
        WriteHeader(writer, study, image, instance, rows, columns);

        var (chest, pixels) = _pictures[(int)image.View];
        var bandBytes = columns * ChestPicture.BlockSize * BytesPerPixel;
        var code = new float[columns * ChestPicture.BlockSize];
        var codePixels = new byte[bandBytes];
        chest.RenderCodeBand(image.Seed, code);
        Quantise(code, codePixels);
        writer.Head(0x7FE0, 0x0010, "OW", rows * columns * BytesPerPixel);
        writer.Bytes(pixels.AsSpan(0, ChestPicture.CodeBand * bandBytes));
        writer.Bytes(codePixels);
        writer.Bytes(pixels.AsSpan(0, rows * columns * BytesPerPixel)[((ChestPicture.CodeBand + 1) * bandBytes)..]);
    }

    /// <summary>Preamble and file meta information (PS3.10, 7.1).</summary>
    private static void WriteMeta(DicomWriter writer, string instance)
    {
        var elements = new ArrayBufferWriter<byte>();
        var meta = new DicomWriter(elements);
        meta.Head(0x0002, 0x0001, "OB", 2);
        meta.Bytes([0, 1]);
        meta.Text(0x0002, 0x0002, "UI", DigitalXRayForPresentation);
        meta.Text(0x0002, 0x0003, "UI", instance);
        meta.Text(0x0002, 0x0010, "UI", ExplicitLittleEndian);
        meta.Text(0x0002, 0x0012, "UI", DicomWriter.Uid(0x6D696D6963, 0x637872));

        writer.Bytes(stackalloc byte[128]);
        writer.Bytes("DICM"u8);
        writer.UInt32(0x0002, 0x0000, (uint)elements.WrittenCount);
        writer.Bytes(elements.WrittenSpan);
    }

    private static void WriteHeader(DicomWriter writer, Study study, ImageRecord image, string instance, int rows, int columns)
    {
        var row = MetadataRow.For(study, image);
        writer.Text(0x0008, 0x0005, "CS", "ISO_IR 100");
        writer.Text(0x0008, 0x0008, "CS", "DERIVED\\PRIMARY");
        writer.Text(0x0008, 0x0016, "UI", DigitalXRayForPresentation);
        writer.Text(0x0008, 0x0018, "UI", instance);
        writer.Text(0x0008, 0x0020, "DA", row.StudyDate);
        writer.Text(0x0008, 0x0030, "TM", row.StudyTime);
        writer.Text(0x0008, 0x0050, "SH", "");
        writer.Text(0x0008, 0x0060, "CS", "DX");
        writer.Text(0x0008, 0x0070, "LO", "mimic-cxr sandbox");
        writer.Text(0x0010, 0x0010, "PN", "SYNTHETIC^NO PATIENT");
        writer.Text(0x0010, 0x0020, "LO", study.SubjectId.ToString(CultureInfo.InvariantCulture));
        writer.Text(0x0010, 0x0030, "DA", "");
        writer.Text(0x0010, 0x0040, "CS", "O");
        writer.Text(0x0018, 0x0015, "CS", "CHEST");
        writer.Text(0x0018, 0x5101, "CS", row.ViewPosition);
        writer.Text(0x0020, 0x000D, "UI", DicomWriter.Uid(1, (ulong)study.StudyId));
        writer.Text(0x0020, 0x000E, "UI", DicomWriter.Uid(2, (ulong)study.StudyId));
        writer.Text(0x0020, 0x0010, "SH", study.StudyId.ToString(CultureInfo.InvariantCulture));
        writer.Text(0x0020, 0x0011, "IS", "1");
        writer.Text(0x0020, 0x0013, "IS", "1");
        writer.Text(0x0020, 0x4000, "LT", $"SYNTHETIC picture, no patient: {image.DicomId}");
        writer.UInt16(0x0028, 0x0002, 1);
        writer.Text(0x0028, 0x0004, "CS", "MONOCHROME2");
        writer.UInt16(0x0028, 0x0010, (ushort)rows);
        writer.UInt16(0x0028, 0x0011, (ushort)columns);
        writer.UInt16(0x0028, 0x0100, 16);
        writer.UInt16(0x0028, 0x0101, 12);
        writer.UInt16(0x0028, 0x0102, 11);
        writer.UInt16(0x0028, 0x0103, 0);
        writer.Text(0x0028, 0x1050, "DS", "2048");
        writer.Text(0x0028, 0x1051, "DS", "4096");
        writer.Text(0x0040, 0x0254, "LO", row.PerformedProcedureStepDescription);
    }

    private static byte[] Render(ChestPicture chest)
    {
        var values = new float[chest.Width * ChestPicture.BlockSize];
        var pixels = new byte[chest.Width * chest.Height * BytesPerPixel];
        var bandBytes = values.Length * BytesPerPixel;
        for (var band = 0; band < chest.Bands; band++)
        {
            chest.RenderBand(band, values);
            Quantise(values, pixels.AsSpan(band * bandBytes, bandBytes));
        }

        return pixels;
    }

    private static void Quantise(ReadOnlySpan<float> values, Span<byte> pixels)
    {
        // Little endian, like every machine .NET 10 runs on.
        var words = MemoryMarshal.Cast<byte, ushort>(pixels);
        for (var i = 0; i < values.Length; i++)
        {
            words[i] = (ushort)(values[i] * White);
        }
    }

    private static int RoundUp(double pixels) =>
        Math.Max(2 * ChestPicture.BlockSize, (int)Math.Ceiling(pixels / ChestPicture.BlockSize) * ChestPicture.BlockSize);
}
