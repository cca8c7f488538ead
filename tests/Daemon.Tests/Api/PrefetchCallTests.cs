using Grpc.Core;
using MimicCxr.Sandbox.PhysioNet;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

public sealed class PrefetchCallTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Prefetch_All_StreamsTheJobUntilEverythingIsStored()
    {
        var states = await PrefetchAsync(new PrefetchRequest { All = true });

        var names = _host.Names().ToList();
        Assert.All(states, job => Assert.Equal((states[0].Id, (long)names.Count), (job.Id, job.FilesTotal)));
        Assert.Equal((JobState.Done, (long)names.Count, 0L), (states[^1].State, states[^1].FilesDone, states[^1].FilesFailed));
        Assert.Equal(names.Sum(name => _host.Bytes(name).LongLength), states[^1].BytesDone);
        Assert.True((await _host.Client.StatAsync(new StatRequest { Path = _host.Image }, cancellationToken: Token)).Stored);
        Assert.Equal(states[^1], Assert.Single((await StatusAsync()).Jobs));
        Assert.Equal(states[^1], Assert.Single((await _host.Client.ListJobsAsync(new ListJobsRequest(), cancellationToken: Token)).Jobs));
    }

    [Fact]
    public async Task Prefetch_PatternAndMetadata_TakesThose()
    {
        var job = (await PrefetchAsync(new PrefetchRequest { Patterns = { _host.Image }, Metadata = true }))[^1];

        Assert.Equal(_host.Names().Count(name => !name.Contains('/')) + 1, job.FilesDone);
    }

    [Fact]
    public async Task Prefetch_PatternThatMatchesNothing_IsInvalidAndNamed()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => PrefetchAsync(new PrefetchRequest { Patterns = { "files", "nothing/*" } }));

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.Contains("'nothing/*'", e.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await StatusAsync()).Jobs);
    }

    [Fact]
    public async Task Prefetch_UnknownDataSet_IsNotFound()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => PrefetchAsync(new PrefetchRequest { Dataset = "x/1", All = true }));

        Assert.Equal(StatusCode.NotFound, e.StatusCode);
    }

    [Fact]
    public async Task Prefetch_SomeFail_EndsOkWithTheFailures()
    {
        _host.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 404, Path = "*/" + _host.Image });

        var job = (await PrefetchAsync(new PrefetchRequest { All = true }))[^1];

        Assert.Equal((JobState.Failed, 1L), (job.State, job.FilesFailed));
        Assert.Equal(_host.Image, Assert.Single(job.Failures).Path);
    }

    [Fact]
    public async Task CreateJob_ListInManyMessages_TakesEachPath()
    {
        using var call = _host.Client.CreateJob(cancellationToken: Token);
        foreach (var path in _host.Names())
        {
            await call.RequestStream.WriteAsync(new PrefetchRequest { Patterns = { path } }, Token);
        }

        await call.RequestStream.CompleteAsync();
        var job = await call.ResponseAsync;

        Assert.Equal(_host.Names().Count(), job.FilesTotal);
        Assert.Equal(JobState.Done, (await WatchAsync(job.Id))[^1].State);
    }

    [Fact]
    public async Task CreateJob_UnknownPaths_StartsNothing()
    {
        using var call = _host.Client.CreateJob(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new PrefetchRequest { Patterns = { _host.Image, "no/a" } }, Token);
        await call.RequestStream.WriteAsync(new PrefetchRequest { Patterns = { "no/b" } }, Token);
        await call.RequestStream.CompleteAsync();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.StartsWith("2 of 3 paths match no file", e.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await StatusAsync()).Jobs);
    }

    [Fact]
    public async Task CancelJob_WatchedByTwo_EndsForBoth()
    {
        StallImages();
        var job = (await PrefetchAsync(new PrefetchRequest { Patterns = { "files" }, Detach = true }))[0];
        var watchers = new[] { WatchAsync(job.Id), WatchAsync(job.Id) };

        var cancelled = await _host.Client.CancelJobAsync(new CancelJobRequest { Id = job.Id }, cancellationToken: Token);

        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.All(await Task.WhenAll(watchers), states => Assert.Equal(JobState.Cancelled, states[^1].State));
    }

    [Fact]
    public async Task RetryJob_AfterTheFaultIsGone_BringsTheRest()
    {
        _host.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 403, Path = "*/" + _host.Image });
        var failed = (await PrefetchAsync(new PrefetchRequest { All = true, Concurrency = 1 }))[^1];
        Assert.Equal((JobState.Failed, FailureKind.NotPermitted), (failed.State, failed.Cause.Kind));
        _host.Server.Faults.Clear();

        await _host.Client.RetryJobAsync(new RetryJobRequest { Id = failed.Id }, cancellationToken: Token);

        Assert.Equal(JobState.Done, (await WatchAsync(failed.Id))[^1].State);
    }

    [Fact]
    public async Task RetryJob_NotEnded_IsRefused()
    {
        StallImages();
        var job = (await PrefetchAsync(new PrefetchRequest { Patterns = { "files" }, Detach = true }))[0];

        var e = await Assert.ThrowsAsync<RpcException>(() => _host.Client.RetryJobAsync(new RetryJobRequest { Id = job.Id }, cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.FailedPrecondition, e.StatusCode);
    }

    [Fact]
    public async Task WatchJob_NoSuchJob_IsNotFound() =>
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => WatchAsync("99"))).StatusCode);

    [Fact]
    public async Task ListJobFailures_FailedJob_StreamsThem()
    {
        _host.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 404, Path = "*/" + _host.Image });
        var job = (await PrefetchAsync(new PrefetchRequest { All = true }))[^1];

        using var call = _host.Client.ListJobFailures(new ListJobFailuresRequest { Id = job.Id }, cancellationToken: Token);

        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.Equal((_host.Image, FailureKind.NotFound), (call.ResponseStream.Current.Path, call.ResponseStream.Current.Kind));
        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Prefetch_ClientLeaves_CancelsTheJob()
    {
        StallImages();
        using var call = _host.Client.Prefetch(new PrefetchRequest { Patterns = { "files" } }, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        call.Dispose();

        await WhenJobIsAsync(JobState.Cancelled);
    }

    [Fact]
    public async Task Prefetch_DetachedAndClientLeaves_GoesOn()
    {
        StallImages();
        Assert.Single(await PrefetchAsync(new PrefetchRequest { Patterns = { "files" }, Detach = true }));
        await WhenJobIsAsync(JobState.Running);

        _host.Server.Faults.Clear();

        var job = await WhenJobIsAsync(JobState.Done);
        Assert.Equal(8, job.FilesDone);
    }

    private void StallImages() => _host.Server.Faults.Add(new Fault { Kind = FaultKind.Stall, Path = "*.jpg" });

    private async Task<List<Job>> PrefetchAsync(PrefetchRequest request)
    {
        using var call = _host.Client.Prefetch(request, cancellationToken: Token);
        var states = new List<Job>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            states.Add(call.ResponseStream.Current);
        }

        return states;
    }

    private async Task<List<Job>> WatchAsync(string id)
    {
        using var call = _host.Client.WatchJob(new WatchJobRequest { Id = id }, cancellationToken: Token);
        var states = new List<Job>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            states.Add(call.ResponseStream.Current);
        }

        return states;
    }

    private async Task<V1.Status> StatusAsync() => await _host.Client.GetStatusAsync(new GetStatusRequest(), cancellationToken: Token);

    /// <summary>Asks until the only job has come to a state; each question is a round trip, and the test's own limit ends it.</summary>
    private async Task<Job> WhenJobIsAsync(JobState state)
    {
        while (true)
        {
            var job = Assert.Single((await StatusAsync()).Jobs);
            if (job.State == state)
            {
                return job;
            }

            Assert.InRange(job.State, JobState.Queued, JobState.Running);
        }
    }
}
