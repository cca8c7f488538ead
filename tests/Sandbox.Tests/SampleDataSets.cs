using System.IO.Compression;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.Tests;

/// <summary>Small data sets of both kinds, made once for all tests; nobody writes to them.</summary>
public sealed class SampleDataSets : IAsyncLifetime
{
    public const int Patients = 40;
    public const int Images = 130;
    public const int ImageBytes = 20_000;

    private readonly TemporaryFolder _folder = new();

    public string Root => _folder.Path;

    public SyntheticDataSetCounts Jpg { get; private set; } = null!;

    public SyntheticDataSetCounts Dicom { get; private set; } = null!;

    public static SyntheticDataSetOptions Options(DataSetName name) =>
        new() { DataSet = name, Patients = Patients, Images = Images, ImageBytes = ImageBytes, Seed = 7 };

    public async ValueTask InitializeAsync()
    {
        Jpg = await SyntheticDataSet.WriteAsync(Root, Options(DataSetName.Jpg210));
        Dicom = await SyntheticDataSet.WriteAsync(Root, Options(DataSetName.Dicom210));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Rows of a table as dictionaries; no field of the tables holds a comma or a quote.</summary>
    public static List<Dictionary<string, string>> ReadTable(string folder, string name)
    {
        using var file = File.OpenRead(Path.Combine(folder, name));
        using var reader = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var header = lines[0].Split(',');
        return lines.Skip(1).Select(line =>
        {
            var fields = line.Split(',');
            Assert.Equal(header.Length, fields.Length);
            return header.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
        }).ToList();
    }

    /// <summary>Paths of SHA256SUMS.txt with their digests, in its order.</summary>
    public static List<(string Digest, string Path)> ReadChecksums(string folder) =>
        File.ReadLines(Path.Combine(folder, "SHA256SUMS.txt"))
            .Select(line => (line[..64], line[64] == ' ' ? line[65..] : throw new InvalidDataException("no blank after the digest")))
            .ToList();
}
