using Grpc.Core;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

public sealed class SelectionCallTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.InitializeAsync();
        await _host.Client.CreateSelectionAsync(
            new CreateSelectionRequest { Name = "one", Query = new ImageQuery { OnePerStudy = true, Where = { "not No Finding=0" } } }, cancellationToken: Token);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Selection_MadeShownListedAndDeleted()
    {
        var shown = await _host.Client.ShowSelectionAsync(new ShowSelectionRequest { Name = "one" }, cancellationToken: Token);

        Assert.Equal(shown, Assert.Single((await _host.Client.ListSelectionsAsync(new ListSelectionsRequest(), cancellationToken: Token)).Selections));
        Assert.Equal((GatewayHost.DataSet, "one", true), (shown.Dataset, shown.Name, shown.Query.OnePerStudy));
        Assert.Equal(["not No Finding=0"], shown.Query.Where);
        Assert.Equal(shown.Images, shown.Studies);
        Assert.Equal(StatusCode.AlreadyExists, await FailureAsync(_host.Client.CreateSelectionAsync(new CreateSelectionRequest { Name = "one" }, cancellationToken: Token)));

        await _host.Client.DeleteSelectionAsync(new DeleteSelectionRequest { Name = "one" }, cancellationToken: Token);
        Assert.Equal(StatusCode.NotFound, await FailureAsync(_host.Client.DeleteSelectionAsync(new DeleteSelectionRequest { Name = "one" }, cancellationToken: Token)));
        Assert.Equal(StatusCode.NotFound, await FailureAsync(_host.Client.ShowSelectionAsync(new ShowSelectionRequest { Name = "one" }, cancellationToken: Token)));
        Assert.Equal(StatusCode.NotFound, await FailureAsync(_host.Client.MeasureAsync(new MeasureRequest { Selection = "one" }, cancellationToken: Token)));
    }

    [Fact]
    public async Task Prefetch_Selection_BringsItsFilesAndNoOther()
    {
        var paths = await PathsAsync();
        using var job = _host.Client.Prefetch(new PrefetchRequest { Selection = "one" }, cancellationToken: Token);
        var last = new Job();
        while (await job.ResponseStream.MoveNext(Token))
        {
            last = job.ResponseStream.Current;
        }

        Assert.Equal((JobState.Done, paths.Count, "selection one"), (last.State, last.FilesDone, last.Description));
        var size = await _host.Client.MeasureAsync(new MeasureRequest { Selection = "one" }, cancellationToken: Token);
        Assert.Equal((paths.Count, paths.Count), (size.Files, size.StoredFiles));
        Assert.Equal(paths.Sum(path => _host.Bytes(path).LongLength), size.StoredBytes);
        var images = await _host.Client.MeasureAsync(new MeasureRequest { Patterns = { "files/**/*.jpg" } }, cancellationToken: Token);
        Assert.Equal(paths.Count, images.StoredFiles);
        Assert.True(images.Files > paths.Count, "the selection is everything, so the test shows nothing");
    }

    [Fact]
    public async Task Verify_Selection_IsAboutItsFiles()
    {
        using var call = _host.Client.Verify(new VerifyRequest { Selection = "one" }, cancellationToken: Token);
        var last = new VerifyReport();
        while (await call.ResponseStream.MoveNext(Token))
        {
            last = call.ResponseStream.Current;
        }

        Assert.Equal(((await PathsAsync()).Count, true), (last.FilesTotal, last.Ended));
    }

    [Fact]
    public async Task DescribeTables_TellsWhatCanBeAskedFor()
    {
        var tables = await _host.Client.DescribeTablesAsync(new DescribeTablesRequest(), cancellationToken: Token);

        Assert.Equal(_host.Names().Count(name => name.EndsWith(".jpg", StringComparison.Ordinal)), tables.Images);
        Assert.Equal(tables.Images, tables.Views.Sum(view => view.Images));
        Assert.Equal(["chexpert", "negbio"], tables.Labelers.Select(labeler => labeler.Labeler));
        Assert.Equal(14, tables.Labelers[0].Labels.Count);
        Assert.Equal(4, tables.Tables.Count);
        Assert.All(tables.Tables, table => Assert.Equal((0, 0), (table.Foreign, table.Malformed)));
    }

    private async Task<List<string>> PathsAsync()
    {
        using var call = _host.Client.Query(new QueryRequest { Selection = "one" }, cancellationToken: Token);
        var paths = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            paths.Add(call.ResponseStream.Current.Path);
        }

        return paths;
    }

    private static async Task<StatusCode> FailureAsync<T>(AsyncUnaryCall<T> call) => (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
