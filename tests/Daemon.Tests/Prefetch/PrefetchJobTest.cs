using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

/// <summary>Jobs over an origin and a store in memory, in time that passes when a test says so.</summary>
public abstract class PrefetchJobTest : IAsyncLifetime
{
    private protected const int Files = 30;

    private readonly TemporaryFolder _folder = new();
    private DataSetBlobs _blobs = null!;

    private protected PrefetchJobTest()
    {
        Parts = new CacheHarness(_folder, Origin, Store, new() { JobTime = Time, Time = Time });
        Jobs = Parts.NewJobs();
    }

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    private protected ManualTime Time { get; } = new();

    private protected CacheHarness Parts { get; }

    private protected Jobs Jobs { get; }

    public async ValueTask InitializeAsync()
    {
        for (var file = 0; file < Files; file++)
        {
            Origin.Add(Name(file), new byte[1000 + file]);
        }

        Origin.AddChecksums();
        _blobs = (await Parts.OpenAsync()).Blobs;
        Origin.Fetched.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Jobs.DisposeAsync();
        await Parts.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Fetches never come back; completes when one has begun.</summary>
    private protected Task Stall()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Origin.BeforeFetch = _ =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan);
        };
        return begun.Task;
    }

    private protected async Task AdvanceUntilAsync(Task end)
    {
        while (!end.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private protected async Task<JobProgress> RunAsync(int files = Files, int concurrency = 4)
    {
        var job = Begin(files, concurrency);
        await job.Ended;
        return job.Progress;
    }

    private protected PrefetchJob Begin(int files = Files, int concurrency = 4, Jobs? jobs = null)
    {
        var wanted = new FileSet(_blobs.Catalog.FileCount);
        for (var file = 0; file < files; file++)
        {
            wanted.Add(Lists.File(_blobs.Catalog, Name(file)));
        }

        return (jobs ?? Jobs).Create(_blobs, wanted, "", concurrency);
    }

    private protected static string Name(int file) => $"files/p10/{file:00}.jpg";

    private protected static string PathOf(int file) => $"{MemoryOrigin.DataSet}/{Name(file)}";
}
