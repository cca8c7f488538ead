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
        var states = await PrefetchAsync(new PrefetchRequest { Patterns = { "files" }, Detach = true });
        Assert.Equal(JobState.Running, Assert.Single(states).State);
        Assert.Equal(JobState.Running, Assert.Single((await StatusAsync()).Jobs).State);

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

            Assert.Equal(JobState.Running, job.State);
        }
    }
}
