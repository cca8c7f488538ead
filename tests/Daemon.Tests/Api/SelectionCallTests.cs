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

    [Fact]
    public async Task QueryBatches_SelectionOrQuery_GivesTheImagesOfQuery()
    {
        var request = new QueryRequest { Selection = "one", Query = new ImageQuery { Where = { "Pneumonia=1|none" } } };
        using var one = _host.Client.Query(request, cancellationToken: Token);
        using var batches = _host.Client.QueryBatches(request, cancellationToken: Token);
        var (expected, found) = (new List<ImageRecord>(), new List<ImageRecord>());
        while (await one.ResponseStream.MoveNext(Token))
        {
            expected.Add(one.ResponseStream.Current);
        }

        while (await batches.ResponseStream.MoveNext(Token))
        {
            found.AddRange(batches.ResponseStream.Current.Images);
        }

        Assert.NotEmpty(expected);
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task Folder_OfASelection_IsListedAndReadAndGoesWithIt()
    {
        var paths = await PathsAsync();
        Assert.Contains("selections", await NamesAsync(""));
        Assert.Equal(["selections/one"], await NamesAsync("selections"));
        Assert.Equal(["selections/one/by-label", "selections/one/by-split", "selections/one/files", "selections/one/manifest.csv"], await NamesAsync("selections/one"));
        Assert.Equal(_host.Bytes(paths[0]), await ReadAsync($"selections/one/{paths[0]}"));
        var split = Assert.Single(await NamesAsync("selections/one/by-split"), name => name.EndsWith("/train", StringComparison.Ordinal));
        var link = (await NamesAsync(split))[0];
        Assert.Equal(_host.Bytes(paths.Single(path => Path.GetFileName(path) == Path.GetFileName(link))), await ReadAsync(link));
        var manifest = System.Text.Encoding.UTF8.GetString(await ReadAsync("selections/one/manifest.csv"));
        Assert.Equal(paths, manifest.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(',')[0]));
        var stat = await _host.Client.StatAsync(new StatRequest { Path = "selections/one/manifest.csv" }, cancellationToken: Token);
        Assert.Equal((manifest.Length, EntryKind.File), (stat.Size, stat.Kind));

        await _host.Client.DeleteSelectionAsync(new DeleteSelectionRequest { Name = "one" }, cancellationToken: Token);

        Assert.DoesNotContain("selections", await NamesAsync(""));
        Assert.Equal(StatusCode.NotFound, await FailureAsync(_host.Client.StatAsync(new StatRequest { Path = "selections/one" }, cancellationToken: Token)));
    }

    private async Task<List<string>> NamesAsync(string path)
    {
        using var call = _host.Client.ListDirectory(new ListDirectoryRequest { Path = path }, cancellationToken: Token);
        var names = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            names.Add(call.ResponseStream.Current.Path);
        }

        return names;
    }

    private async Task<byte[]> ReadAsync(string path)
    {
        using var call = _host.Client.ReadFile(new ReadFileRequest { Path = path }, cancellationToken: Token);
        using var bytes = new MemoryStream();
        while (await call.ResponseStream.MoveNext(Token))
        {
            bytes.Write(call.ResponseStream.Current.Data.Span);
        }

        return bytes.ToArray();
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
