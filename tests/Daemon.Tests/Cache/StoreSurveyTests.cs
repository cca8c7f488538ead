using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class StoreSurveyTests : IDisposable
{
    private const string List = "SHA256SUMS.txt";

    private static readonly string[] Images = [.. Enumerable.Range(0, 20).Select(i => $"files/p10/image{i}.jpg")];

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _elsewhere = new();
    private readonly MemoryOrigin _origin = new();
    private readonly MemoryStore _store = new();

    public StoreSurveyTests()
    {
        foreach (var (i, image) in Images.Index())
        {
            _origin.Add(image, CacheHarness.Bytes(1000 + i, seed: i));
        }

        _origin.AddChecksums();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task Open_IndexAndSpoolLost_WhatTheStoreHasIsKnownAgain()
    {
        await FillStoreAsync(Images);
        await using var parts = new CacheHarness(_elsewhere, _origin, _store);

        var blobs = (await parts.OpenAsync()).Blobs;
        await SurveyedAsync(blobs);

        Assert.Equal((21, Images.Prepend(List).Sum(name => (long)_origin.Files[Key(name)].Length)), blobs.Stored);
        foreach (var image in Images)
        {
            Assert.Equal(_origin.Files[Key(image)], await ReadAsync(parts, blobs, image));
        }

        Assert.Empty(_origin.Fetched);
    }

    [Fact]
    public async Task Read_WhileTheStoreIsLookedThrough_IsServedByTheStore()
    {
        await FillStoreAsync(Images[..1]);
        var goOn = new TaskCompletionSource();
        _store.BeforeList = () => goOn.Task;
        await using var parts = new CacheHarness(_elsewhere, _origin, _store);
        var blobs = (await parts.OpenAsync()).Blobs;

        Assert.Equal(_origin.Files[Key(Images[0])], await ReadAsync(parts, blobs, Images[0]));
        Assert.Empty(_origin.Fetched);
        Assert.Equal(_origin.Files[Key(Images[1])], await ReadAsync(parts, blobs, Images[1]));
        Assert.Equal([Key(Images[1])], _origin.Fetched);
        goOn.SetResult();
        await SurveyedAsync(blobs);
    }

    [Fact]
    public async Task Open_StoreFailsWhileLookedThrough_IsLookedThroughAgain()
    {
        await FillStoreAsync(Images);
        var listings = 0;
        _store.BeforeList = () => Interlocked.Increment(ref listings) < 3
            ? throw new StoreException(StoreError.OutOfReach, "The bucket does not answer.")
            : Task.CompletedTask;
        var time = new ManualTime();
        await using var parts = new CacheHarness(_elsewhere, _origin, _store, new() { JobTime = time });
        var blobs = (await parts.OpenAsync()).Blobs;

        for (var failure = 1; failure < 3; failure++)
        {
            await time.WhenWaitingAsync(pause => pause > TimeSpan.Zero);
            Assert.False(blobs.MayBeStored, "readers would ask in vain");
            time.Advance(TimeSpan.FromSeconds(10));
        }

        await SurveyedAsync(blobs);
        Assert.Equal(21, blobs.Stored.Objects);
    }

    [Fact]
    public async Task Open_SecondStart_LooksNotAgain()
    {
        await FillStoreAsync(Images);
        await using (var first = new CacheHarness(_elsewhere, _origin, _store))
        {
            await SurveyedAsync((await first.OpenAsync()).Blobs);
        }

        _store.BeforeList = () => throw new InvalidOperationException("listed again");
        await using var second = new CacheHarness(_elsewhere, _origin, _store);
        var blobs = (await second.OpenAsync()).Blobs;

        Assert.False(blobs.MayBeStored);
        Assert.Equal(21, blobs.Stored.Objects);
    }

    [Fact]
    public async Task Run_ObjectsOfImpossibleLengthOrStrangeName_AreNotListed()
    {
        await using var parts = new CacheHarness(_folder, _origin, _store);
        var blobs = (await parts.OpenAsync()).Blobs;
        await SurveyedAsync(blobs);
        blobs.LearnSize(File(blobs, Images[1]), 1001);
        Put(Images[0], []);
        Put(Images[1], [1, 2, 3]);
        Put("files//p10/image2.jpg", [1]);
        Put("files/p10", [1]);
        Put(Images[3], [1, 2, 3]);

        var result = await parts.Survey.RunAsync(blobs, TestContext.Current.CancellationToken);

        Assert.Equal(BlobState.Stored, blobs.StateOf(File(blobs, Images[3])));
        Assert.All(Images[..3], image => Assert.Equal(BlobState.Unknown, blobs.StateOf(File(blobs, image))));
        Assert.Equal(0, result.Gone);
    }

    [Fact]
    public async Task Run_ObjectsGone_AreToldAndNotListedAnyMore()
    {
        await FillStoreAsync(Images);
        // Not with the spool that has them: what the store lost would be put there again.
        await using var parts = new CacheHarness(_elsewhere, _origin, _store);
        var blobs = (await parts.OpenAsync()).Blobs;
        await SurveyedAsync(blobs);
        _store.Objects.TryRemove(Key(Images[4]), out _);
        _store.Objects.TryRemove(Key(Images[5]), out _);

        var result = await parts.Survey.RunAsync(blobs, TestContext.Current.CancellationToken);

        Assert.Equal(new StoreSurvey.Result(Found: 19, New: 0, Gone: 2), result);
        Assert.Equal(19, blobs.Stored.Objects);
    }

    [Fact]
    public async Task OpenKnown_IndexLost_OpensWhatTheStoreHasTheListOf()
    {
        await FillStoreAsync(Images);
        await using var parts = new CacheHarness(_elsewhere, _origin, _store);

        await parts.DataSets.OpenKnownAsync();

        var found = Assert.Single(parts.DataSets.Loaded);
        Assert.Equal(CacheHarness.Definition, found.Definition);
        Assert.Empty(_origin.Fetched);
        await SurveyedAsync(found.Blobs);
    }

    private static string Key(string name) => $"{MemoryOrigin.DataSet}/{name}";

    private static int File(DataSetBlobs blobs, string name) => Lists.File(blobs.Catalog, name);

    private static async Task SurveyedAsync(DataSetBlobs blobs)
    {
        // The list, which the import left in the spool, may be on its way to the store that has it already.
        while (blobs.MayBeStored || !blobs.IsSurveyed || Enumerable.Range(0, blobs.Catalog.FileCount).Any(file => blobs.StateOf(file) == BlobState.Pending))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<byte[]> ReadAsync(CacheHarness parts, DataSetBlobs blobs, string name)
    {
        using var bytes = new MemoryStream();
        await using var stream = new BlobStream(parts.Cache, blobs.Get(File(blobs, name)));
        await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }

    private void Put(string name, byte[] bytes) => _store.Objects[Key(name)] = (bytes, new ObjectNote(null, false));

    /// <summary>An earlier run, whose index is not used again.</summary>
    private async Task FillStoreAsync(string[] images)
    {
        await using (var earlier = new CacheHarness(_folder, _origin, _store))
        {
            var blobs = (await earlier.OpenAsync()).Blobs;
            await _store.WhenStoredAsync(Key(List));
            foreach (var image in images)
            {
                await ReadAsync(earlier, blobs, image);
                await _store.WhenStoredAsync(Key(image));
            }
        }

        _origin.Fetched.Clear();
    }
}
