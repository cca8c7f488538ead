using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>Where <see cref="DataSetTree.GetSizeAsync"/> learns a size from.</summary>
public sealed class SizeTests : TreeTest
{
    private const int Folders = 30;

    public SizeTests()
    {
        for (var folder = 0; folder < Folders; folder++)
        {
            Origin.Add($"files/p10/{folder:00}/a.jpg", Bytes(1000 + folder));
            Origin.Add($"files/p10/{folder:00}/b.jpg", Bytes(2000 + folder));
        }
    }

    [Fact]
    public async Task GetSizeAsync_AtFirst_ComesFromTheTransfer()
    {
        var tree = await NewTreeAsync();

        Assert.Equal(1000, await SizeAsync(tree, 0, readFollows: false));

        Assert.Empty(Origin.Listed);
        Assert.Contains(PathOf(0), Origin.Fetched);
    }

    [Fact]
    public async Task GetSizeAsync_SixteenSizesWithoutARead_ComesFromDirectoryPages()
    {
        var tree = await NewTreeAsync();
        await ScanAsync(tree, 16);

        Assert.Equal(1016, await SizeAsync(tree, 16, readFollows: false));

        Assert.Equal([$"{MemoryOrigin.DataSet}/files/p10/16"], Origin.Listed);
        Assert.DoesNotContain(PathOf(16), Origin.Fetched);
        Assert.Equal(2016, Lookup(tree, "files/p10/16/b.jpg").Size);
    }

    [Fact]
    public async Task GetSizeAsync_WithinAScanButAReadIsCertain_ComesFromTheTransfer()
    {
        var tree = await NewTreeAsync();
        await ScanAsync(tree, 17);

        Assert.Equal(1020, await SizeAsync(tree, 20, readFollows: true));

        Assert.Contains(PathOf(20), Origin.Fetched);
    }

    [Fact]
    public async Task GetSizeAsync_ReadAfterAScan_ComesFromTheTransferAgain()
    {
        var tree = await NewTreeAsync();
        await ScanAsync(tree, 17);
        await ReadAsync(tree, Lookup(tree, "files/p10/15/a.jpg").Node, 0, 10);
        Origin.Listed.Clear();

        Assert.Equal(1020, await SizeAsync(tree, 20, readFollows: false));

        Assert.Empty(Origin.Listed);
    }

    [Fact]
    public async Task GetSizeAsync_SizesFollowedByReads_NeverAsksForAPage()
    {
        var tree = await NewTreeAsync();
        for (var folder = 0; folder < Folders; folder++)
        {
            var size = await SizeAsync(tree, folder, readFollows: false);
            Assert.Equal(Bytes((int)size), await ReadAsync(tree, Lookup(tree, $"files/p10/{folder:00}/a.jpg").Node, 0, (int)size));
        }

        Assert.Empty(Origin.Listed);
    }

    [Fact]
    public async Task GetSizeAsync_PageWithoutTheFile_AsksForTheFile()
    {
        var tree = await NewTreeAsync();
        await ScanAsync(tree, 16);
        Origin.Files.TryRemove(PathOf(16), out _);

        var e = await Assert.ThrowsAsync<FsException>(() => SizeAsync(tree, 16, readFollows: false));

        Assert.Equal(Errno.NoEntry, e.Errno);
        Assert.Equal([PathOf(16)], Origin.Measured);
    }

    private static string PathOf(int folder) => $"{MemoryOrigin.DataSet}/files/p10/{folder:00}/a.jpg";

    private static async Task<long> SizeAsync(DataSetTree tree, int folder, bool readFollows) =>
        await tree.GetSizeAsync(Lookup(tree, $"files/p10/{folder:00}/a.jpg").Node, readFollows, TestContext.Current.CancellationToken);

    /// <summary>Asks for sizes as <c>du</c> does.</summary>
    private static async Task ScanAsync(DataSetTree tree, int folders)
    {
        for (var folder = 0; folder < folders; folder++)
        {
            await SizeAsync(tree, folder, readFollows: false);
        }
    }
}
