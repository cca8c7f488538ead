using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class PrefetchJobTests : IAsyncLifetime
{
    private const int Files = 30;

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryOrigin _origin = new();
    private readonly MemoryStore _store = new();
    private readonly CacheParts _parts;
    private DataSetBlobs _blobs = null!;

    public PrefetchJobTests() => _parts = new CacheParts(_folder, _origin, _store);

    public async ValueTask InitializeAsync()
    {
        for (var file = 0; file < Files; file++)
        {
            _origin.Add(Name(file), new byte[1000 + file]);
        }

        _origin.AddChecksums();
        _blobs = (await _parts.OpenAsync()).Blobs;
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void Progress_BeforeTheRun_IsQueued()
    {
        var progress = NewJob(3).Progress;

        Assert.Equal((JobState.Queued, 0L, 3L, 0L, 0L), (progress.State, progress.FilesDone, progress.FilesTotal, progress.BytesDone, progress.FilesFailed));
    }

    [Fact]
    public async Task RunAsync_AllThere_PutsEachIntoTheStoreAndCounts()
    {
        var job = NewJob(Files);

        await job.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Done, job.Progress.State);
        Assert.Equal(Files, job.Progress.FilesDone);
        Assert.Equal(Enumerable.Range(0, Files).Sum(file => 1000 + file), job.Progress.BytesDone);
        Assert.All(Enumerable.Range(0, Files), file => Assert.Contains(PathOf(file), _store.Objects.Keys));
    }

    [Fact]
    public async Task RunAsync_Again_FetchesNothing()
    {
        await NewJob(Files).RunAsync(TestContext.Current.CancellationToken);
        _origin.Fetched.Clear();
        var again = NewJob(Files);

        await again.RunAsync(TestContext.Current.CancellationToken);

        Assert.Empty(_origin.Fetched);
        Assert.Equal((JobState.Done, (long)Files), (again.Progress.State, again.Progress.FilesDone));
        Assert.Equal(Enumerable.Range(0, Files).Sum(file => 1000 + file), again.Progress.BytesDone);
    }

    [Fact]
    public async Task RunAsync_NoFiles_IsDone()
    {
        var job = NewJob(0);

        await job.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Done, job.Progress.State);
    }

    [Fact]
    public async Task RunAsync_SomeMissing_GoesOnAndTellsWhich()
    {
        _origin.Files.TryRemove(PathOf(3), out _);
        _origin.Files.TryRemove(PathOf(7), out _);
        var job = NewJob(Files);

        await job.RunAsync(TestContext.Current.CancellationToken);

        var progress = job.Progress;
        Assert.Equal((JobState.Failed, Files - 2L, 2L), (progress.State, progress.FilesDone, progress.FilesFailed));
        Assert.Equal([Name(3), Name(7)], progress.Failures.Select(failure => failure.Path).Order());
        Assert.All(progress.Failures, failure => Assert.Contains("404", failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_AllMissing_CountsAllAndTellsTheFirstTwenty()
    {
        _origin.Files.Clear();
        var job = NewJob(Files);

        await job.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((Files, 20), (job.Progress.FilesFailed, job.Progress.Failures.Count));
    }

    [Theory]
    [InlineData(nameof(OriginError.NotSignedIn))]
    [InlineData(nameof(OriginError.AgreementNotSigned))]
    [InlineData(nameof(OriginError.AgentRefused))]
    [InlineData(nameof(OriginError.CertificateRefused))]
    public async Task RunAsync_WhatWouldFailEveryFile_EndsTheJob(string error) =>
        Assert.Equal(1, await FetchesUntilTheEndAsync(Enum.Parse<OriginError>(error)));

    [Theory]
    [InlineData(nameof(OriginError.NotFound))]
    [InlineData(nameof(OriginError.ServerFailed))]
    [InlineData(nameof(OriginError.BadAnswer))]
    public async Task RunAsync_WhatMayFailOneFile_DoesNotEndTheJob(string error) =>
        Assert.Equal(Files, await FetchesUntilTheEndAsync(Enum.Parse<OriginError>(error)));

    [Fact]
    public async Task RunAsync_SomethingUnexpected_IsAFailureOfThatFile()
    {
        _origin.Instead = (path, _) => path == PathOf(3) ? throw new InvalidOperationException("surprise") : null;
        var job = NewJob(Files);

        await job.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((JobState.Failed, Files - 1L), (job.Progress.State, job.Progress.FilesDone));
        Assert.Equal(Name(3), Assert.Single(job.Progress.Failures).Path);
    }

    [Fact]
    public async Task RunAsync_Cancelled_EndsThoughFilesAreUnderWay()
    {
        var begun = new TaskCompletionSource();
        _origin.BeforeFetch = _ =>
        {
            begun.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan);
        };
        using var cancel = new CancellationTokenSource();
        var job = NewJob(Files);
        var run = job.RunAsync(cancel.Token);
        await begun.Task;
        Assert.Equal(JobState.Running, job.Progress.State);

        await cancel.CancelAsync();
        await run;

        Assert.Equal((JobState.Cancelled, 0L, 0L), (job.Progress.State, job.Progress.FilesDone, job.Progress.FilesFailed));
    }

    [Fact]
    public async Task RunAsync_Concurrency_IsNotExceeded()
    {
        var running = 0;
        var exceeded = false;
        var three = new TaskCompletionSource();
        _origin.BeforeFetch = _ =>
        {
            var now = Interlocked.Increment(ref running);
            exceeded |= now > 3;
            if (now == 3)
            {
                three.TrySetResult();
            }

            return three.Task;
        };
        _origin.Halfway = _ =>
        {
            Interlocked.Decrement(ref running);
            return Task.CompletedTask;
        };

        await NewJob(Files, concurrency: 3).RunAsync(TestContext.Current.CancellationToken);

        Assert.False(exceeded);
    }

    private async Task<int> FetchesUntilTheEndAsync(OriginError error)
    {
        _origin.Fetched.Clear();
        _origin.BeforeFetch = _ => throw new OriginException(error, "no");
        var job = NewJob(Files, concurrency: 1);

        await job.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Failed, job.Progress.State);
        return _origin.Fetched.Count;
    }

    private PrefetchJob NewJob(int files, int concurrency = 4) =>
        new("1", _blobs, _parts.Cache, [.. Enumerable.Range(0, files).Select(file => Lists.File(_blobs.Catalog, Name(file)))], concurrency);

    private static string Name(int file) => $"files/p10/{file:00}.jpg";

    private static string PathOf(int file) => $"{MemoryOrigin.DataSet}/{Name(file)}";
}
