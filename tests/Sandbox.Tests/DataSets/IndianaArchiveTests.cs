using System.IO.Compression;
using System.Text.Json;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.Tests.DataSets;

public sealed class IndianaArchiveTests
{
    private const string Decode = """
        import hashlib, io, json, sys, zipfile
        from PIL import Image
        archive = zipfile.ZipFile(sys.argv[1])
        assert archive.testzip() is None
        decoded = {}
        for name in archive.namelist():
            if name.endswith('.png'):
                image = Image.open(io.BytesIO(archive.read(name)))
                image.load()
                low, high = image.getextrema()
                decoded[name] = [image.mode, high - low, hashlib.sha256(image.tobytes()).hexdigest()]
        print(json.dumps(decoded))
        """;

    [Fact]
    public async Task Pictures_DecodedByPil_AreGreyAndDifferent()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "a.zip");
        IndianaArchive.Write(file, studies: 4, images: 10, imageBytes: 20_000);

        var decoded = JsonDocument.Parse(await Python.RunAsync(["PIL"], Decode, file)).RootElement.EnumerateObject().Select(picture => picture.Value).ToList();

        Assert.Equal(10, decoded.Count);
        Assert.All(decoded, picture => Assert.Equal("L", picture[0].GetString()));
        Assert.All(decoded, picture => Assert.InRange(picture[1].GetInt32(), 100, 255));
        Assert.Equal(10, decoded.DistinctBy(picture => picture[2].GetString()).Count());
    }

    [Fact]
    public void Tables_NameEveryPictureAndEveryStudy()
    {
        using var folder = new TemporaryFolder();
        var file = IndianaArchive.PathBelow(folder.Path);
        IndianaArchive.Write(file, studies: 4, images: 10, imageBytes: 5_000);
        using var archive = ZipFile.OpenRead(file);

        var projections = Lines(archive, "indiana_projections.csv").Skip(1).Select(line => line.Split(',')).ToList();

        Assert.Equal(
            archive.Entries.Where(entry => entry.Name.EndsWith(".png", StringComparison.Ordinal)).Select(entry => entry.FullName).Order(),
            projections.Select(row => "images/images_normalized/" + row[1]).Order());
        Assert.All(projections, row => Assert.StartsWith(row[0] + "_IM-", row[1], StringComparison.Ordinal));
        Assert.Equal(["Frontal", "Lateral"], projections.Select(row => row[2]).Distinct().Order());
        Assert.Equal(5, Lines(archive, "indiana_reports.csv").Length);
    }

    [Fact]
    public void Write_SameOptions_SameMembers()
    {
        using var folder = new TemporaryFolder();
        var files = new[] { Path.Combine(folder.Path, "a.zip"), Path.Combine(folder.Path, "b.zip") };

        Assert.All(files, file => IndianaArchive.Write(file, studies: 2, images: 5, imageBytes: 5_000, seed: 7));

        Assert.Equal(Members(files[0]), Members(files[1]));
    }

    private static string[] Lines(ZipArchive archive, string name)
    {
        using var reader = new StreamReader(archive.GetEntry(name)!.Open());
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static List<(string, uint)> Members(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        return [.. archive.Entries.Select(entry => (entry.FullName, entry.Crc32))];
    }
}
