using System.Formats.Tar;
using System.IO.Compression;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.Tests.DataSets;

public sealed class SyntheticDataSetTests(SampleDataSets samples)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mimic-cxr-jpg/2.1.0")]
    [InlineData("mimic-cxr/2.1.0")]
    public async Task Write_SameOptions_MakesTheSameBytes(string name)
    {
        using var folder = new TemporaryFolder();
        await SyntheticDataSet.WriteAsync(folder.Path, SampleDataSets.Options(DataSetName.Parse(name)), Cancelled);

        // The list holds the digest of every file.
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(samples.Root, name, "SHA256SUMS.txt"), Cancelled),
            await File.ReadAllBytesAsync(Path.Combine(folder.Path, name, "SHA256SUMS.txt"), Cancelled));
    }

    [Fact]
    public async Task Write_AnotherSeed_MakesOtherPatientsAndPictures()
    {
        using var folder = new TemporaryFolder();
        var counts = await SyntheticDataSet.WriteAsync(
            folder.Path, SampleDataSets.Options(DataSetName.Jpg210) with { Seed = 8 }, Cancelled);

        var other = SampleDataSets.ReadChecksums(counts.Folder).Where(line => line.Path.StartsWith("files/", StringComparison.Ordinal)).ToList();
        var sample = SampleDataSets.ReadChecksums(samples.Jpg.Folder);
        Assert.Empty(other.Select(line => line.Path).Intersect(sample.Select(line => line.Path)));
        Assert.Empty(other.Select(line => line.Digest).Intersect(sample.Select(line => line.Digest)));
    }

    [Fact]
    public async Task Write_Version200_LacksTheFilesOf210()
    {
        using var folder = new TemporaryFolder();
        var small = new SyntheticDataSetOptions { Patients = 3, Images = 5, ImageBytes = 4_000 };
        var jpg = await SyntheticDataSet.WriteAsync(folder.Path, small with { DataSet = DataSetName.Jpg200 }, Cancelled);
        var dicom = await SyntheticDataSet.WriteAsync(folder.Path, small with { DataSet = DataSetName.Dicom200 }, Cancelled);

        Assert.Equal(
            [
                "LICENSE.txt", "README", "SHA256SUMS.txt", "mimic-cxr-2.0.0-chexpert.csv.gz", "mimic-cxr-2.0.0-metadata.csv.gz",
                "mimic-cxr-2.0.0-negbio.csv.gz", "mimic-cxr-2.0.0-split.csv.gz",
            ],
            FileNames(jpg.Folder));
        Assert.Equal(
            ["LICENSE.txt", "SHA256SUMS.txt", "cxr-record-list.csv.gz", "cxr-study-list.csv.gz", "mimic-cxr-reports.zip"],
            FileNames(dicom.Folder));
    }

    [Fact]
    public async Task Write_TarredReports_MakesTheSameReportsInATarGzAlone()
    {
        using var folder = new TemporaryFolder();
        var options = SampleDataSets.Options(DataSetName.Dicom210) with { ListsOnly = true, TarredReports = true };
        var counts = await SyntheticDataSet.WriteAsync(folder.Path, options, Cancelled);

        Assert.DoesNotContain("mimic-cxr-reports.zip", FileNames(counts.Folder));
        Assert.Contains(SampleDataSets.ReadChecksums(counts.Folder), line => line.Path == "mimic-cxr-reports.tar.gz");
        await using var zip = await ZipFile.OpenReadAsync(Path.Combine(samples.Dicom.Folder, "mimic-cxr-reports.zip"), Cancelled);
        await using var gzip = new GZipStream(File.OpenRead(Path.Combine(counts.Folder, "mimic-cxr-reports.tar.gz")), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        foreach (var expected in zip.Entries)
        {
            var entry = await tar.GetNextEntryAsync(copyData: true, Cancelled);
            Assert.Equal("./" + expected.FullName, entry!.Name);
            using var texts = new StreamReader(await expected.OpenAsync(Cancelled));
            using var text = new StreamReader(entry.DataStream!);
            Assert.Equal(await texts.ReadToEndAsync(Cancelled), await text.ReadToEndAsync(Cancelled));
        }

        Assert.Null(await tar.GetNextEntryAsync(cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Write_ListsOnly_MakesTheSameListsWithoutPictures()
    {
        using var folder = new TemporaryFolder();
        var counts = await SyntheticDataSet.WriteAsync(
            folder.Path, SampleDataSets.Options(DataSetName.Jpg210) with { ListsOnly = true }, Cancelled);

        Assert.False(Directory.Exists(Path.Combine(counts.Folder, "files")));
        Assert.Equal(
            SampleDataSets.ReadChecksums(samples.Jpg.Folder).Select(line => line.Path),
            SampleDataSets.ReadChecksums(counts.Folder).Select(line => line.Path));
        Assert.Equal(SampleDataSets.Images, SampleDataSets.ReadChecksums(counts.Folder)
            .Where(line => line.Path.StartsWith("files/", StringComparison.Ordinal)).DistinctBy(line => line.Digest).Count());
        Assert.Equal(Directory.GetFiles(counts.Folder).Length, counts.Files);
    }

    [Fact]
    public async Task Write_FolderInUse_IsRefused()
    {
        await Assert.ThrowsAsync<IOException>(
            () => SyntheticDataSet.WriteAsync(samples.Root, SampleDataSets.Options(DataSetName.Jpg210), Cancelled));
    }

    [Theory]
    [InlineData(0, 10, 20_000, "Patients")]
    [InlineData(10, 9, 20_000, "Images")]
    [InlineData(10, 10, 100, "ImageBytes")]
    public async Task Write_OptionOutOfRange_IsNamedAndNothingWritten(int patients, int images, int imageBytes, string name)
    {
        using var folder = new TemporaryFolder();
        var options = new SyntheticDataSetOptions { Patients = patients, Images = images, ImageBytes = imageBytes };

        var error = await Assert.ThrowsAsync<ArgumentException>(() => SyntheticDataSet.WriteAsync(folder.Path, options, Cancelled));

        Assert.StartsWith(name + " is ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static IEnumerable<string> FileNames(string folder) =>
        Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
