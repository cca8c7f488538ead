using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Tests.Verify;

public sealed class CensusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Spool _spool;
    private readonly DataSetBlobs _blobs;

    public CensusTests()
    {
        _spool = new Spool(_folder["spool"], 1 << 20, new CacheCounters(), TimeProvider.System, NullLogger.Instance);
        _blobs = new DataSetBlobs(CacheHarness.DataSet, Lists.Catalog("LICENSE.txt", "a.jpg", "b.jpg", "c.jpg", "d.jpg", "t.csv.gz"), _spool);
    }

    private IEnumerable<int> All => Enumerable.Range(0, _blobs.Catalog.FileCount);

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Take_NoSizeKnown_EstimatesNothing() => Assert.Equal(new Census(6, 0, 6, 0, 0, 0), Census.Take(_blobs, All));

    [Fact]
    public async Task Take_SomeSizesKnown_EstimatesTheOthersByTheirKind()
    {
        await _blobs.SetStoredAsync(File("a.jpg"), 1000);
        _blobs.LearnSize(File("b.jpg"), 2000);
        _blobs.LearnSize(File("t.csv.gz"), 90_000);

        // Two images at 1,500, and the licence at the average of all.
        Assert.Equal(new Census(6, 93_000, 3, 3000 + 31_000, 1, 1000), Census.Take(_blobs, All));
        Assert.Equal(new Census(1, 0, 1, 1500, 0, 0), Census.Take(_blobs, [File("c.jpg")]));
    }

    private int File(string name) => Lists.File(_blobs.Catalog, name);
}
