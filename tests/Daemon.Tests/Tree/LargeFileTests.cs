namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>Files that are read in parts until enough of them is wanted.</summary>
public sealed class LargeFileTests : TreeTest
{
    private const int Length = 6_000_000;

    public LargeFileTests()
    {
        Origin.Add("files/a.dcm", Bytes(Length));
        Origin.Add("files/b.jpg", Bytes(1000));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryGetBacking_NotHere_IsNotWaitedForUntilItIsHereAsAWhole()
    {
        var dataSet = await OpenAsync();
        await dataSet.Blobs.WhenSurveyedAsync(Token);
        var tree = NewTree(dataSet);
        var large = Lookup(tree, "files/a.dcm").Node;

        Assert.False(tree.TryGetBacking(large).IsPending);
        Assert.True(tree.TryGetBacking(Lookup(tree, "files/b.jpg").Node).IsPending);
        Assert.Equal(Bytes(Length)[^10..], await ReadAsync(tree, large, Length - 10, 10));

        using var backing = tree.TryGetBacking(large).File;
        Assert.NotNull(backing);
    }

    [Fact]
    public async Task GetSizeAsync_OfALargeFile_FetchesLittleOfIt()
    {
        var dataSet = await OpenAsync();
        await dataSet.Blobs.WhenSurveyedAsync(Token);
        var tree = NewTree(dataSet);
        Origin.Ranges.Clear();

        Assert.Equal(Length, await tree.GetSizeAsync(Lookup(tree, "files/a.dcm").Node, readFollows: true, Token));
        Assert.Equal(Bytes(Length)[..1000], await ReadAsync(tree, Lookup(tree, "files/a.dcm").Node, 0, 1000));

        Assert.Equal(256 * 1024, Assert.Single(Origin.Ranges).Range.Length);
    }
}
