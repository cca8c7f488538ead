using System.Buffers.Binary;
using System.Text.Json;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.Tests.DataSets;

public sealed class PictureFileTests(SampleDataSets samples)
{
    private const string DecodeJpegs = """
        import glob, hashlib, json, sys
        from PIL import Image
        decoded = {}
        for path in glob.glob(sys.argv[1] + '/files/*/*/*/*.jpg'):
            image = Image.open(path)
            image.load()
            low, high = image.getextrema()
            decoded[path.split('/')[-1][:-4]] = [image.mode, image.height, image.width, high - low, hashlib.sha256(image.tobytes()).hexdigest()]
        print(json.dumps(decoded))
        """;

    private const string DecodeDicoms = """
        import glob, hashlib, json, sys, pydicom
        decoded = {}
        for path in glob.glob(sys.argv[1] + '/files/*/*/*/*.dcm'):
            data = pydicom.dcmread(path)
            pixels = data.pixel_array
            assert data.PhotometricInterpretation == 'MONOCHROME2' and data.file_meta.TransferSyntaxUID == '1.2.840.10008.1.2.1'
            assert pixels.shape == (data.Rows, data.Columns) and pixels.max() < 4096 and pixels.max() - pixels.min() > 1000
            parts = path.split('/')
            assert parts[-3] == 'p' + data.PatientID and parts[-2] == 's' + data.StudyID
            decoded[parts[-1][:-4]] = [data.ViewPosition or '', hashlib.sha256(pixels.tobytes()).hexdigest()]
        print(json.dumps(decoded))
        """;

    [Fact]
    public async Task Jpegs_DecodedByPil_AreGreyDifferentAndOfTheSizeOfTheTable()
    {
        var decoded = JsonDocument.Parse(await Python.RunAsync(["PIL"], DecodeJpegs, samples.Jpg.Folder)).RootElement;

        var metadata = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.0.0-metadata.csv.gz");
        Assert.All(metadata, row =>
        {
            var image = decoded.GetProperty(row["dicom_id"]);
            Assert.Equal("L", image[0].GetString());
            Assert.Equal(row["Rows"], image[1].GetRawText());
            Assert.Equal(row["Columns"], image[2].GetRawText());
            Assert.InRange(image[3].GetInt32(), 100, 255);
        });
        Assert.Equal(SampleDataSets.Images, decoded.EnumerateObject().DistinctBy(image => image.Value[4].GetString()).Count());
    }

    [Theory]
    [InlineData(2_048)]
    [InlineData(20_000)]
    [InlineData(300_000)]
    public async Task Jpegs_OfAnySize_HaveOnlyWholeSegmentsAndCountedRestarts(int imageBytes)
    {
        using var folder = new TemporaryFolder();
        var options = new SyntheticDataSetOptions { Patients = 4, Images = 12, ImageBytes = imageBytes };
        var counts = await SyntheticDataSet.WriteAsync(folder.Path, options, TestContext.Current.CancellationToken);

        foreach (var path in Directory.EnumerateFiles(counts.Folder, "*.jpg", SearchOption.AllDirectories))
        {
            var jpeg = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            Assert.InRange(jpeg.Length, imageBytes * 85 / 100, imageBytes * 115 / 100);
            AssertBaseline(jpeg);
        }
    }

    [Fact]
    public async Task Dicoms_ReadByPydicom_HavePixelsAndTheIdsOfTheirPath()
    {
        var decoded = JsonDocument.Parse(await Python.RunAsync(["pydicom", "numpy"], DecodeDicoms, samples.Dicom.Folder)).RootElement;

        var metadata = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.0.0-metadata.csv.gz");
        Assert.All(metadata, row => Assert.Equal(row["ViewPosition"], decoded.GetProperty(row["dicom_id"])[0].GetString()));
        Assert.Equal(SampleDataSets.Images, decoded.EnumerateObject().DistinctBy(image => image.Value[1].GetString()).Count());
    }

    [Fact]
    public async Task Dicoms_OfTheSample_BeginAsPart10Files()
    {
        foreach (var path in Directory.EnumerateFiles(samples.Dicom.Folder, "*.dcm", SearchOption.AllDirectories))
        {
            var dicom = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal("DICM"u8, dicom.AsSpan(128, 4));
            Assert.Equal(0, dicom.Length % 2);
        }
    }

    /// <summary>Walks the markers of a JPEG (ITU-T T.81, annex B): header segments, one scan, restart markers in turn, end.</summary>
    private static void AssertBaseline(byte[] jpeg)
    {
        Assert.Equal([0xFF, 0xD8], jpeg[..2]);
        var (at, rows) = (2, 0);
        for (byte marker = 0; marker != 0xDA;)
        {
            Assert.Equal(0xFF, jpeg[at]);
            marker = jpeg[at + 1];
            Assert.Contains(marker, new byte[] { 0xE0, 0xFE, 0xDB, 0xC0, 0xC4, 0xDD, 0xDA });
            if (marker == 0xC0)
            {
                rows = BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 5));
            }

            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(at + 2));
        }

        var restarts = 0;
        for (; jpeg[at] != 0xFF || jpeg[at + 1] != 0xD9; at++)
        {
            if (jpeg[at] == 0xFF && jpeg[at + 1] != 0)
            {
                Assert.Equal(0xD0 + (restarts++ % 8), jpeg[++at]);
            }
        }

        Assert.Equal((rows / 8) - 1, restarts);
        Assert.Equal(jpeg.Length - 2, at);
    }
}
