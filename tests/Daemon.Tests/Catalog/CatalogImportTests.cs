using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class CatalogImportTests
{
    private const string Hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static readonly DataSetDefinition Jpg = DataSetDefinition.Find(new DataSetId("mimic-cxr-jpg", "2.1.0"))!;
    private static readonly DataSetDefinition Dicom = DataSetDefinition.Find(new DataSetId("mimic-cxr", "2.1.0"))!;

    [Fact]
    public async Task Run_ChecksumListNamesImages_ReadsNothingElse()
    {
        var lists = new ListFiles { ["SHA256SUMS.txt"] = Encoding.UTF8.GetBytes($"{Hex} files/a.jpg\n{Hex} README\n") };

        var catalog = (await CatalogImport.RunAsync(Jpg, lists.OpenAsync, TestContext.Current.CancellationToken)).Snapshot;

        Assert.Equal(["README", "SHA256SUMS.txt", "files"], Lists.Children(catalog, 0));
        Assert.Equal(Hex, Convert.ToHexStringLower(catalog.Sha256(Lists.File(catalog, "files/a.jpg"))));
        Assert.True(catalog.Sha256(Lists.File(catalog, "SHA256SUMS.txt")).IsEmpty);
        Assert.Equal(["SHA256SUMS.txt"], lists.Asked);
    }

    [Fact]
    public async Task Run_ChecksumListWithoutImages_ReadsTheImageListToo()
    {
        var lists = new ListFiles
        {
            ["SHA256SUMS.txt"] = Encoding.UTF8.GetBytes($"{Hex} README\n"),
            ["IMAGE_FILENAMES"] = "files/b.jpg\n"u8.ToArray(),
        };

        var catalog = (await CatalogImport.RunAsync(Jpg, lists.OpenAsync, TestContext.Current.CancellationToken)).Snapshot;

        Assert.Equal(["IMAGE_FILENAMES", "README", "SHA256SUMS.txt", "files"], Lists.Children(catalog, 0));
    }

    [Fact]
    public async Task Run_NoChecksumList_ReadsTheImageList()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write("path\nfiles/c.dcm\n"u8);
        }

        var lists = new ListFiles { ["cxr-record-list.csv.gz"] = bytes.ToArray() };
        var catalog = (await CatalogImport.RunAsync(Dicom, lists.OpenAsync, TestContext.Current.CancellationToken)).Snapshot;

        Assert.Equal(["cxr-record-list.csv.gz", "files"], Lists.Children(catalog, 0));
    }

    [Fact]
    public async Task Run_NoList_ThrowsAndNamesBoth()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => CatalogImport.RunAsync(Jpg, new ListFiles().OpenAsync, TestContext.Current.CancellationToken));

        Assert.Contains("SHA256SUMS.txt", error.Message, StringComparison.Ordinal);
        Assert.Contains("IMAGE_FILENAMES", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mimic-cxr-jpg", "2.1.0")]
    [InlineData("mimic-cxr-jpg", "2.0.0")]
    [InlineData("mimic-cxr", "2.1.0")]
    [InlineData("mimic-cxr", "2.0.0")]
    public async Task Run_SyntheticDataSet_NamesEveryFileOfIt(string slug, string version)
    {
        using var folder = new TemporaryFolder();
        var made = await SyntheticDataSet.WriteAsync(
            folder.Path,
            new SyntheticDataSetOptions { DataSet = new DataSetName(slug, version), Patients = 3, Images = 7, ImageBytes = 4096 },
            TestContext.Current.CancellationToken);
        var definition = DataSetDefinition.Find(new DataSetId(slug, version))!;

        var catalog = (await CatalogImport.RunAsync(
            definition, (name, _) => Task.FromResult<Stream>(File.OpenRead(Path.Combine(made.Folder, name))), TestContext.Current.CancellationToken)).Snapshot;

        var real = Directory.EnumerateFiles(made.Folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(made.Folder, path)).Order(StringComparer.Ordinal);
        var listed = Enumerable.Range(0, catalog.FileCount).Select(file => catalog.Path(catalog.NodeOf(file))).Order(StringComparer.Ordinal);
        Assert.Equal(real, listed);
    }

    private sealed class ListFiles : Dictionary<string, byte[]>
    {
        public List<string> Asked { get; } = [];

        public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken)
        {
            Asked.Add(name);
            return TryGetValue(name, out var bytes) ? Task.FromResult<Stream>(new MemoryStream(bytes)) : throw new FileNotFoundException();
        }
    }
}
