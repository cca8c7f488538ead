using Grpc.Core;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

public sealed class VerifyCallTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.InitializeAsync();
        using var job = _host.Client.Prefetch(new PrefetchRequest { All = true }, cancellationToken: Token);
        while (await job.ResponseStream.MoveNext(Token))
        {
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Verify_Deep_StreamsUntilEverythingIsThrough()
    {
        var reports = await VerifyAsync(new VerifyRequest { Deep = true });

        var (last, files) = (reports[^1], _host.Names().Count());
        Assert.True(last.Ended);
        Assert.Equal((files, files), (last.FilesTotal, last.FilesDone));
        // The list does not name itself: it is compared with the note beside it.
        Assert.Equal((files, 0), (last.Right, last.NotChecked));
        Assert.Equal(_host.Names().Sum(name => _host.Bytes(name).LongLength), last.BytesRead);
    }

    [Fact]
    public async Task Verify_PatternThatMatchesNothing_IsInvalid()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => VerifyAsync(new VerifyRequest { Patterns = { "files/p99/**" } }));

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task Measure_EverythingStored_TellsItsBytes()
    {
        var size = await _host.Client.MeasureAsync(new MeasureRequest { Patterns = { _host.Image } }, cancellationToken: Token);

        Assert.Equal((1, _host.Bytes(_host.Image).LongLength, 0), (size.Files, size.Bytes, size.FilesOfUnknownSize));
        Assert.Equal((1, size.Bytes), (size.StoredFiles, size.StoredBytes));
        Assert.StartsWith("file://", size.StoreUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EvictStore_OneFile_IsGoneAndRebuildFindsTheOthers()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => _host.Client.EvictAsync(new EvictRequest { Store = true }, cancellationToken: Token).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);

        var evicted = await _host.Client.EvictAsync(new EvictRequest { Store = true, Patterns = { _host.Image } }, cancellationToken: Token);
        var survey = Assert.Single((await _host.Client.RebuildIndexAsync(new RebuildIndexRequest(), cancellationToken: Token)).Surveys);

        Assert.Equal(1, evicted.ObjectsRemoved);
        Assert.Equal((_host.Names().Count() - 1, 0, 0), (survey.Found, survey.NewlyKnown, survey.Gone));
        Assert.False((await _host.Client.StatAsync(new StatRequest { Path = _host.Image }, cancellationToken: Token)).Stored);
    }

    private async Task<List<VerifyReport>> VerifyAsync(VerifyRequest request)
    {
        using var call = _host.Client.Verify(request, cancellationToken: Token);
        var reports = new List<VerifyReport>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            reports.Add(call.ResponseStream.Current);
        }

        return reports;
    }
}
