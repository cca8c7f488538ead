using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class DataSetsTests : IDisposable
{
    private const string List = $"{MemoryOrigin.DataSet}/SHA256SUMS.txt";
    private const string Image = "files/p10/a.jpg";

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryOrigin _origin = new();
    private readonly MemoryStore _store = new();

    public DataSetsTests()
    {
        _origin.Add(Image, [1, 2, 3]);
        _origin.Add("README", [4]);
        _origin.AddChecksums();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_FirstTime_ImportsTheListFiles()
    {
        await using var parts = Start();
        Assert.Empty(parts.DataSets.Loaded);

        var dataSet = await parts.OpenAsync();

        Assert.Equal(3, dataSet.Blobs.Catalog.FileCount);
        Assert.Same(dataSet, Assert.Single(parts.DataSets.Loaded));
    }

    [Fact]
    public async Task OpenAsync_ManyAtOnce_LoadOnceAndShareIt()
    {
        var goOn = new TaskCompletionSource();
        _origin.BeforeFetch = _ => goOn.Task;
        await using var parts = Start();
        var asking = Enumerable.Range(0, 20).Select(_ => parts.OpenAsync()).ToList();

        goOn.SetResult();
        var dataSets = await Task.WhenAll(asking);

        Assert.Single(dataSets.Distinct());
        Assert.Equal([List], _origin.Fetched);
    }

    [Fact]
    public async Task OpenAsync_OneOfThoseWhoWaitLeaves_TheOthersGetIt()
    {
        var goOn = new TaskCompletionSource();
        _origin.BeforeFetch = _ => goOn.Task;
        await using var parts = Start();
        using var leaving = new CancellationTokenSource();
        var left = parts.DataSets.OpenAsync(CacheHarness.Definition, leaving.Token);
        var stayed = parts.OpenAsync();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goOn.SetResult();

        Assert.Equal(3, (await stayed).Blobs.Catalog.FileCount);
        Assert.Equal([List], _origin.Fetched);
    }

    [Fact]
    public async Task OpenAsync_AfterAFailure_TriesAgain()
    {
        _origin.BeforeFetch = _ => throw new OriginException(OriginError.Unreachable, "cable");
        await using var parts = Start();
        await Assert.ThrowsAsync<OriginException>(parts.OpenAsync);
        Assert.Empty(parts.DataSets.Loaded);

        _origin.BeforeFetch = _ => Task.CompletedTask;

        Assert.Equal(3, (await parts.OpenAsync()).Blobs.Catalog.FileCount);
    }

    [Fact]
    public async Task OpenAsync_AfterAFailureThatNobodyWaitedFor_TriesAgain()
    {
        var begun = new TaskCompletionSource();
        var firstFetch = new TaskCompletionSource();
        _origin.BeforeFetch = _ =>
        {
            begun.SetResult();
            return firstFetch.Task;
        };
        await using var parts = Start();
        using var leaving = new CancellationTokenSource();
        var left = parts.DataSets.OpenAsync(CacheHarness.Definition, leaving.Token);
        await begun.Task;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _origin.BeforeFetch = _ => Task.CompletedTask;
        firstFetch.SetException(new OriginException(OriginError.Unreachable, "cable"));

        // Lets the load end unseen: who looks while it ends would clear it away.
        for (var turn = 0; turn < 10_000; turn++)
        {
            await Task.Yield();
        }

        // Who asks without patience is told at once of a load that has ended, and of no other.
        while (_origin.Fetched.Count < 2)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parts.DataSets.OpenAsync(CacheHarness.Definition, leaving.Token));
        }

        Assert.Equal(3, (await parts.OpenAsync()).Blobs.Catalog.FileCount);
    }

    [Fact]
    public async Task OpenAsync_NoListsAtTheOrigin_SaysWhichAreMissing()
    {
        _origin.Files.Clear();
        await using var parts = Start();

        var e = await Assert.ThrowsAsync<InvalidDataException>(parts.OpenAsync);

        Assert.Contains("SHA256SUMS.txt", e.Message, StringComparison.Ordinal);
        Assert.Contains("IMAGE_FILENAMES", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SecondStart_NeedsNoNetwork()
    {
        await using (var first = Start())
        {
            await first.OpenAsync();
        }

        _origin.Files.Clear();
        _origin.Fetched.Clear();
        await using var second = Start();
        var dataSet = await second.OpenAsync();

        Assert.True(dataSet.Blobs.Catalog.TryResolve(Image, out _));
        Assert.Empty(_origin.Fetched);
    }

    [Fact]
    public async Task OpenKnownAsync_SecondStart_LoadsWhatWasImported()
    {
        await using (var first = Start())
        {
            await first.DataSets.OpenKnownAsync();
            Assert.Empty(first.DataSets.Loaded);
            await first.OpenAsync();
        }

        await using var second = Start();
        await second.DataSets.OpenKnownAsync();

        Assert.Equal(CacheHarness.Definition, Assert.Single(second.DataSets.Loaded).Definition);
    }

    [Fact]
    public async Task ListFile_AfterTheImport_IsReadWithoutAnotherFetch()
    {
        await using var parts = Start();
        var dataSet = await parts.OpenAsync();

        Assert.Equal(_origin.Files[List], await ReadAsync(parts, dataSet, "SHA256SUMS.txt"));

        Assert.Equal([List], _origin.Fetched);
    }

    [Fact]
    public async Task ListFile_IndexAndSpoolLost_IsFoundInTheStore()
    {
        await using (var first = Start())
        {
            await first.OpenAsync();
            await _store.WhenStoredAsync(List);
        }

        using var elsewhere = new TemporaryFolder();
        _origin.Fetched.Clear();
        await using var second = new CacheHarness(elsewhere, _origin, _store);
        var dataSet = await second.OpenAsync();

        Assert.Equal(3, dataSet.Blobs.Catalog.FileCount);
        Assert.Empty(_origin.Fetched);
    }

    private CacheHarness Start() => new(_folder, _origin, _store);

    private static async Task<byte[]> ReadAsync(CacheHarness parts, OpenDataSet dataSet, string path)
    {
        using var bytes = new MemoryStream();
        await using var stream = new BlobStream(parts.Cache, dataSet.Blobs.Get(Lists.File(dataSet.Blobs.Catalog, path)));
        await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }
}
