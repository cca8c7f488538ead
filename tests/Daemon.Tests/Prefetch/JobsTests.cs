using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class JobsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryOrigin _origin = new();
    private readonly CacheParts _parts;
    private readonly Jobs _jobs;
    private DataSetBlobs _blobs = null!;

    public JobsTests()
    {
        _parts = new CacheParts(_folder, _origin, new MemoryStore());
        _jobs = new Jobs(_parts.Cache, defaultConcurrency: 4);
    }

    public async ValueTask InitializeAsync()
    {
        _origin.Add("files/a.jpg", [1]);
        _origin.AddChecksums();
        _blobs = (await _parts.OpenAsync()).Blobs;
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Create_MoreThanAHundred_KeepsTheLastOnes()
    {
        for (var job = 0; job < 250; job++)
        {
            await _jobs.Create(_blobs, [], 0).RunAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(Numbers(151, 250), _jobs.All.Select(job => job.Id));
    }

    [Fact]
    public async Task Create_BesideOneThatRunsOn_KeepsThatAndTheLastOnes()
    {
        _jobs.Create(_blobs, [], 0);
        for (var job = 0; job < 250; job++)
        {
            await _jobs.Create(_blobs, [], 0).RunAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(["1", .. Numbers(153, 251)], _jobs.All.Select(job => job.Id));
    }

    [Fact]
    public void Create_AllUnderWay_KeepsThemAll()
    {
        for (var job = 0; job < 250; job++)
        {
            _jobs.Create(_blobs, [], 0);
        }

        Assert.Equal(Numbers(1, 250), _jobs.All.Select(job => job.Id));
    }

    [Fact]
    public void Create_FromManyThreads_GivesEachItsOwnName()
    {
        Parallel.For(0, 90, _ => _jobs.Create(_blobs, [], 0));

        Assert.Equal(90, _jobs.All.Select(job => job.Id).Distinct().Count());
    }

    private static IEnumerable<string> Numbers(int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
