using Dapper;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

/// <summary>What the index remembers of jobs, and what a restart does with it.</summary>
public sealed class JobsTests : IDisposable
{
    private const int Files = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryOrigin _origin = new();
    private readonly MemoryStore _store = new();

    public JobsTests()
    {
        for (var file = 0; file < Files; file++)
        {
            _origin.Add(Name(file), new byte[1000 + file]);
        }

        _origin.AddChecksums();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Create_MoreThanAHundred_KeepsTheLastOnesAlsoAfterARestart()
    {
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs();
            for (var job = 0; job < 130; job++)
            {
                await (await CreateAsync(parts, jobs, 0)).Ended;
            }
        }

        await using var again = NewParts();
        await using var remembered = again.NewJobs();

        Assert.Equal(Enumerable.Range(31, 100), remembered.All.Select(job => (int)job.Order.Id));
        Assert.All(remembered.All, job => Assert.Equal(JobState.Done, job.Progress.State));
    }

    [Fact]
    public async Task Create_AfterARestart_NeverGivesANumberTwice()
    {
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs();
            await CreateAsync(parts, jobs, 0);
            await CreateAsync(parts, jobs, 0);
        }

        await using var again = NewParts();
        await using var more = again.NewJobs();

        Assert.Equal("3", (await CreateAsync(again, more, 0)).Id);
    }

    [Fact]
    public async Task Create_FromManyThreads_GivesEachItsOwnNumber()
    {
        await using var parts = NewParts();
        await using var jobs = parts.NewJobs();
        var blobs = (await parts.OpenAsync()).Blobs;

        Parallel.For(0, 40, _ => jobs.Create(blobs, new FileSet(blobs.Catalog.FileCount), "", 0));

        Assert.Equal(40, jobs.All.Select(job => job.Id).Distinct().Count());
    }

    [Fact]
    public async Task Resume_JobCutOffByTheEnd_GoesOnAndFetchesNothingTwice()
    {
        var half = new TaskCompletionSource();
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs(concurrency: 1);
            _origin.BeforeFetch = path =>
            {
                if (path.EndsWith(Name(10), StringComparison.Ordinal))
                {
                    half.TrySetResult();
                    return Task.Delay(Timeout.InfiniteTimeSpan);
                }

                return Task.CompletedTask;
            };
            await CreateAsync(parts, jobs, Files, concurrency: 1);
            await half.Task;
        }

        _origin.BeforeFetch = _ => Task.CompletedTask;
        await using var again = NewParts();
        await using var resumed = again.NewJobs();
        var job = Assert.Single(resumed.All);
        Assert.Equal((JobState.Queued, (long)Files), (job.Progress.State, (long)job.Order.FilesTotal));

        resumed.Resume();
        await job.Ended;

        Assert.Equal((JobState.Done, (long)Files), (job.Progress.State, job.Progress.FilesDone));
        Assert.All(
            Enumerable.Range(0, Files), file => Assert.Equal(file == 10 ? 2 : 1, _origin.Fetched.Count(path => path.EndsWith(Name(file), StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Resume_FailuresOfTheRunBefore_AreKeptAndNotTriedAgain()
    {
        _origin.Files.TryRemove(PathOf(3), out _);
        var stuck = new TaskCompletionSource();
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs();
            _origin.BeforeFetch = path =>
            {
                if (path == PathOf(5))
                {
                    stuck.TrySetResult();
                    return Task.Delay(Timeout.InfiniteTimeSpan);
                }

                return Task.CompletedTask;
            };
            await CreateAsync(parts, jobs, Files, concurrency: 1);
            await stuck.Task;
        }

        _origin.BeforeFetch = _ => Task.CompletedTask;
        await using var again = NewParts();
        await using var resumed = again.NewJobs();
        resumed.Resume();
        var job = Assert.Single(resumed.All);
        await job.Ended;

        Assert.Equal((JobState.Failed, Files - 1L, 1L), (job.Progress.State, job.Progress.FilesDone, job.Progress.FilesFailed));
        Assert.Equal(Name(3), Assert.Single(job.Failures()).Path);
        Assert.Equal(1, _origin.Fetched.Count(path => path == PathOf(3)));
    }

    [Fact]
    public async Task Resume_JobThatEnded_StaysEnded()
    {
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs();
            _origin.Files.TryRemove(PathOf(3), out _);
            await (await CreateAsync(parts, jobs, Files)).Ended;
        }

        await using var again = NewParts();
        await using var remembered = again.NewJobs();
        remembered.Resume();
        var job = Assert.Single(remembered.All);
        await job.Ended;

        Assert.Equal((JobState.Failed, Files - 1L, 1L), (job.Progress.State, job.Progress.FilesDone, job.Progress.FilesFailed));
        Assert.Equal(FailureKind.NotFound, Assert.Single(job.Progress.Failures).Kind);
    }

    [Fact]
    public async Task Resume_ListsChangedSince_FailsTheJobAndSaysSo()
    {
        await using (var parts = NewParts())
        {
            _origin.BeforeFetch = path => path == PathOf(0) ? Task.Delay(Timeout.InfiniteTimeSpan) : Task.CompletedTask;
            await using var jobs = parts.NewJobs();
            await CreateAsync(parts, jobs, Files);
        }

        using (var connection = IndexDatabase.Open(_folder["index.db"], out _).Connect())
        {
            connection.Execute("UPDATE jobs SET fingerprint = x'00'");
        }

        await using var again = NewParts();
        await using var resumed = again.NewJobs();
        resumed.Resume();
        var job = Assert.Single(resumed.All);
        await job.Ended;

        Assert.Equal(JobState.Failed, job.Progress.State);
        Assert.Contains("have changed", job.Progress.Cause?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IndexDeleted_Jobs_AreGoneAndNewOnesCanBeBegun()
    {
        await using (var parts = NewParts())
        {
            await using var jobs = parts.NewJobs();
            await (await CreateAsync(parts, jobs, Files)).Ended;
        }

        File.Delete(_folder["index.db"]);
        await using var again = NewParts();
        await using var empty = again.NewJobs();

        Assert.Empty(empty.All);
        var job = await CreateAsync(again, empty, Files);
        await job.Ended;
        Assert.Equal((JobState.Done, (long)Files), (job.Progress.State, job.Progress.FilesDone));
    }

    private static async Task<PrefetchJob> CreateAsync(CacheHarness parts, Jobs jobs, int files, int concurrency = 4)
    {
        var blobs = (await parts.OpenAsync()).Blobs;
        var wanted = new FileSet(blobs.Catalog.FileCount);
        for (var file = 0; file < files; file++)
        {
            wanted.Add(Lists.File(blobs.Catalog, Name(file)));
        }

        return jobs.Create(blobs, wanted, $"{files} paths", concurrency);
    }

    private CacheHarness NewParts() => new(_folder, _origin, _store);

    private static string Name(int file) => $"files/p10/{file:00}.jpg";

    private static string PathOf(int file) => $"{MemoryOrigin.DataSet}/{Name(file)}";
}
