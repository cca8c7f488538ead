using System.Text;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class DataSetTreeTests : TreeTest
{
    private const string Image = "files/p10/p10000001/s50000001/a.jpg";

    public DataSetTreeTests()
    {
        Origin.Add(Image, Bytes(3000));
        Origin.Add("files/p10/p10000001/s50000001.txt", Bytes(10));
        Origin.Add("files/p10/p10000001/s50000002/b.jpg", Bytes(5));
        Origin.Add("files/p11/empty.jpg", []);
        Origin.Add("README", Bytes(7));
    }

    [Fact]
    public async Task TryLookup_Directory_TellsLinksAndTime()
    {
        var patient = Lookup(await NewTreeAsync(), "files/p10/p10000001");

        Assert.Equal(NodeKind.Directory, patient.Kind);
        Assert.Equal(4, patient.LinkCount);
        Assert.Equal(0, patient.Size);
        Assert.Equal(new DateTimeOffset(2024, 3, 12, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), patient.ModifiedUnixSeconds);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("READM")]
    [InlineData("README2")]
    [InlineData("readme")]
    [InlineData("files/p10")]
    public async Task TryLookup_NoSuchName_IsNone(string name) =>
        Assert.False((await NewTreeAsync()).TryLookup(NodeId.Root, Encoding.UTF8.GetBytes(name), out _));

    [Fact]
    public async Task TryLookup_InAFile_IsNone()
    {
        var tree = await NewTreeAsync();

        Assert.All(
            new[] { "README", "SHA256SUMS.txt", Image },
            file => Assert.False(tree.TryLookup(Lookup(tree, file).Node, "README"u8, out _)));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1000ul)]
    [InlineData(uint.MaxValue)]
    [InlineData(1ul << 32)]
    [InlineData(ulong.MaxValue)]
    public async Task Node_NotOfTheTree_IsRefusedByEveryMethod(ulong number)
    {
        var tree = await NewTreeAsync();
        var node = new NodeId(number);

        Assert.False(tree.TryGetAttributes(node, out _));
        Assert.False(tree.TryLookup(node, "README"u8, out _));
        Assert.False(TryList(tree, node, 0, 4096, out _));
        Assert.False(tree.TryReadLink(node, out _));
        Assert.Equal(Errno.InvalidArgument, tree.TryRead(node, 0, new byte[1]).Error);
        await Assert.ThrowsAsync<FsException>(() => tree.WaitReadableAsync(node, 0, 1, TestContext.Current.CancellationToken).AsTask());
        await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(node, true, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task Directory_ReadOrMeasured_IsRefused()
    {
        var tree = await NewTreeAsync();

        Assert.Equal(Errno.InvalidArgument, tree.TryRead(NodeId.Root, 0, new byte[1]).Error);
        await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(NodeId.Root, false, TestContext.Current.CancellationToken).AsTask());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(4096)]
    public async Task TryReadDirectory_PageByPage_GivesEachEntryOnceInOrder(int buffer)
    {
        for (var i = 0; i < 40; i++)
        {
            Origin.Add($"files/p12/{i:00}.jpg", [1]);
        }

        var tree = await NewTreeAsync();
        var directory = Lookup(tree, "files/p12").Node;
        var names = ListAll(tree, directory, buffer).Select(entry => entry.Name);

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i:00}.jpg"), names);
    }

    [Fact]
    public async Task TryReadDirectory_Entries_EqualTheirLookups()
    {
        var tree = await NewTreeAsync();

        const string Patient = "files/p10/p10000001";

        Assert.True(TryList(tree, Lookup(tree, Patient).Node, 0, 4096, out var entries));

        Assert.Equal(["s50000001", "s50000001.txt", "s50000002"], entries.Select(entry => entry.Name));
        Assert.All(entries, entry => Assert.Equal(Lookup(tree, $"{Patient}/{entry.Name}"), entry.Attributes));
    }

    [Theory]
    [InlineData(3ul)]
    [InlineData(ulong.MaxValue)]
    public async Task TryReadDirectory_PositionPastTheEnd_IsEmpty(ulong position)
    {
        Assert.True(TryList(await NewTreeAsync(), NodeId.Root, position, 4096, out var entries));
        Assert.Empty(entries);
    }

    [Fact]
    public async Task TryReadDirectory_OfAFile_IsRefused()
    {
        var tree = await NewTreeAsync();

        Assert.False(TryList(tree, Lookup(tree, "README").Node, 0, 4096, out _));
    }

    [Fact]
    public async Task TryRead_WholeFileInPieces_GivesTheOriginsBytesWithOneFetch()
    {
        var tree = await NewTreeAsync();
        var image = Lookup(tree, Image).Node;

        var first = await ReadAsync(tree, image, 0, 1000);
        var last = await ReadAsync(tree, image, 1000, 4096);

        Assert.Equal(Bytes(3000), first.Concat(last));
        Assert.Empty(await ReadAsync(tree, image, 3000, 10));
        Assert.Empty(await ReadAsync(tree, image, long.MaxValue - 10, 10));
        Assert.Single(Origin.Fetched, path => path.EndsWith(Image, StringComparison.Ordinal));
    }

    [Fact]
    public async Task TryRead_EmptyFile_EndsAtOnce()
    {
        var tree = await NewTreeAsync();
        var empty = Lookup(tree, "files/p11/empty.jpg").Node;

        Assert.Equal(0, await tree.GetSizeAsync(empty, true, TestContext.Current.CancellationToken));
        Assert.Empty(await ReadAsync(tree, empty, 0, 100));
    }

    [Fact]
    public async Task WaitReadableAsync_MissingAtTheOrigin_IsNoEntry()
    {
        var tree = await NewTreeAsync();
        Origin.Files.TryRemove($"{MemoryOrigin.DataSet}/{Image}", out _);

        var e = await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Lookup(tree, Image).Node, 0, 10));

        Assert.Equal(Errno.NoEntry, e.Errno);
    }

    [Fact]
    public async Task WaitReadableAsync_ReaderLeaves_OthersGetTheFile()
    {
        var goOn = new TaskCompletionSource();
        Origin.BeforeFetch = path => path.EndsWith(Image, StringComparison.Ordinal) ? goOn.Task : Task.CompletedTask;
        var tree = await NewTreeAsync();
        var image = Lookup(tree, Image).Node;
        using var leaving = new CancellationTokenSource();
        var left = tree.WaitReadableAsync(image, 0, 10, leaving.Token).AsTask();
        var stayed = ReadAsync(tree, image, 0, 3000);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goOn.SetResult();

        Assert.Equal(Bytes(3000), await stayed);
    }

    [Fact]
    public async Task Attributes_SizeUnknownThenLearnt_ChangeInSizeAlone()
    {
        var tree = await NewTreeAsync();
        var before = Lookup(tree, Image);
        Assert.Equal(NodeAttributes.UnknownSize, before.Size);

        Assert.Equal(3000, await tree.GetSizeAsync(before.Node, true, TestContext.Current.CancellationToken));

        Assert.Equal(before with { Size = 3000 }, Lookup(tree, Image));
    }

    [Fact]
    public async Task NodeIds_OfTwoInstances_AreEqualAndDistinct()
    {
        var dataSet = await OpenAsync();
        var (one, other) = (Numbers(NewTree(dataSet)), Numbers(NewTree(dataSet)));

        Assert.Equal(one, other);
        Assert.Equal(one.Count, one.Select(entry => entry.Node).Distinct().Count());
        Assert.Equal(one.Count, one.Select(entry => entry.Inode).Distinct().Count());

        static List<(NodeId Node, ulong Inode)> Numbers(DataSetTree tree) => [.. All(tree).Select(entry => (entry.Node, entry.Inode))];
    }

    [Fact]
    public async Task GetStatistics_CountsFiles() => Assert.Equal(6, (await NewTreeAsync()).GetStatistics().Files);

    private static List<NodeAttributes> All(DataSetTree tree)
    {
        Assert.True(tree.TryGetAttributes(NodeId.Root, out var root));
        var all = new List<NodeAttributes> { root };
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Kind == NodeKind.Directory)
            {
                Assert.True(TryList(tree, all[i].Node, 0, 1 << 16, out var entries));
                all.AddRange(entries.Select(entry => entry.Attributes));
            }
        }

        return all;
    }
}
