using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class ReadAheadTests : IDisposable
{
    private const int Files = 200;
    private const long Plenty = 1000;

    private readonly TemporaryFolder _folder = new();
    private readonly Spool _spool;
    private readonly DataSetBlobs _blobs;

    public ReadAheadTests()
    {
        _spool = new Spool(_folder["spool"], 1 << 20, new CacheCounters(), TimeProvider.System, NullLogger.Instance);
        var list = new PathList();
        for (var i = 0; i < Files; i++)
        {
            list.Add(Encoding.ASCII.GetBytes(i.ToString("d4", CultureInfo.InvariantCulture)), default);
        }

        _blobs = new DataSetBlobs(new DataSetId("set", "1"), CatalogBuilder.Build(list), _spool);
    }

    [Fact]
    public void Read_OneAfterTheOther_FetchesEachOnceAndNeverBehind()
    {
        var ahead = new ReadAhead(mostFiles: 8);
        var fetched = new HashSet<int>();
        for (var file = 0; file < Files; file++)
        {
            foreach (var next in Listed(ahead.Read(_blobs, file, Plenty)))
            {
                Assert.True(next > file && next <= file + 8);
                Assert.True(fetched.Add(next));
            }
        }

        // All but those read before there was an order to see.
        Assert.Equal(Enumerable.Range(3, Files - 3), fetched.Order());
    }

    [Fact]
    public void Read_TwoReadersInTurn_EachGoesOnAtItsPlace()
    {
        var ahead = new ReadAhead(mostFiles: 4);
        var fetched = new HashSet<int>();
        for (var step = 0; step < 20; step++)
        {
            fetched.UnionWith(Listed(ahead.Read(_blobs, step, Plenty)));
            fetched.UnionWith(Listed(ahead.Read(_blobs, 100 + step, Plenty)));
        }

        Assert.Superset(Enumerable.Range(3, 16).Concat(Enumerable.Range(103, 16)).ToHashSet(), fetched);
    }

    [Fact]
    public void Read_FarApart_FetchesNothing()
    {
        var ahead = new ReadAhead(mostFiles: 8);

        Assert.All(Enumerable.Range(0, 20), i => Assert.Empty(Listed(ahead.Read(_blobs, i * 37 % Files, Plenty))));
    }

    [Fact]
    public void Read_SameFileAgain_IsNoStep()
    {
        var ahead = new ReadAhead(mostFiles: 8);

        Assert.All(Enumerable.Repeat(5, 20), file => Assert.Empty(Listed(ahead.Read(_blobs, file, Plenty))));
    }

    [Fact]
    public void Read_SpoolHasRoomForTwo_KeepsToTwo()
    {
        var ahead = new ReadAhead(mostFiles: 8);

        for (var file = 0; file < 50; file++)
        {
            Assert.All(Listed(ahead.Read(_blobs, file, fits: 2)), next => Assert.True(next <= file + 2));
        }
    }

    [Fact]
    public void Read_SpoolHasRoomForNone_FetchesNothing()
    {
        var ahead = new ReadAhead(mostFiles: 8);

        Assert.All(Enumerable.Range(0, 50), file => Assert.Empty(Listed(ahead.Read(_blobs, file, fits: 0))));
    }

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    private static IEnumerable<int> Listed(Range range) => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value);
}
