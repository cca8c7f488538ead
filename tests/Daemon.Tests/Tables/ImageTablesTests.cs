using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Tables;

public sealed class ImageTablesTests : IAsyncLifetime
{
    private static readonly DataSetDefinition Dicom = DataSetDefinition.Find(new DataSetId("mimic-cxr", "2.1.0"))!;

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryOrigin _origin = new();
    private readonly RandomTables _random = new(seed: 31, patients: 10);
    private CacheHarness _harness = null!;
    private ImageTables _tables = null!;
    private OriginException? _failure;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        foreach (var image in _random.Images)
        {
            _origin.Add(image.Path, "jpg"u8.ToArray());
        }

        foreach (var (name, text) in _random.Tables)
        {
            _origin.Add(name, RandomTables.Gzip(text));
        }

        _origin.AddChecksums();
        var lines = _random.Images.Select(image => $"{new string('0', 64)} {Path.ChangeExtension(image.Path, ".dcm")}\n");
        _origin.Files[$"{Dicom.Id}/SHA256SUMS.txt"] = Encoding.ASCII.GetBytes(string.Concat(lines));
        _harness = new CacheHarness(_folder, _origin, new FailingStore());
        _tables = new ImageTables(
            async (definition, token) => _failure is null ? (await _harness.DataSets.OpenAsync(definition, token)).Blobs : throw _failure, _harness.Cache, _folder["tables"], NullLogger.Instance, Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_DicomDataSet_HasTheTablesOfItsJpgs()
    {
        var images = await _tables.OpenAsync(Dicom, Token);

        Assert.Equal(
            _random.Images.Select(image => (Path.ChangeExtension(image.Path, ".dcm"), image.View, image.Split)),
            Enumerable.Range(0, images.Count).Select(image => (images.Path(image), images.Views[image], images.Splits[image])));
        Assert.Equal(2, images.Labelers.Count);
        Assert.DoesNotContain(_origin.Fetched, path => path.EndsWith(".jpg", StringComparison.Ordinal) || path.EndsWith(".dcm", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_Again_ReadsNothingAgain()
    {
        var images = await _tables.OpenAsync(CacheHarness.Definition, Token);
        var fetched = _origin.Fetched.Count;

        Assert.Same(images, await _tables.OpenAsync(CacheHarness.Definition, Token));
        Assert.Equal(fetched, _origin.Fetched.Count);
    }

    [Fact]
    public async Task Open_FailedBefore_TriesAgain()
    {
        _failure = new OriginException(OriginError.NotSignedIn, "as scripted");
        await Assert.ThrowsAsync<OriginException>(() => _tables.OpenAsync(CacheHarness.Definition, Token));

        _failure = null;

        Assert.Equal(_random.Images.Count, (await _tables.OpenAsync(CacheHarness.Definition, Token)).Count);
    }
}
