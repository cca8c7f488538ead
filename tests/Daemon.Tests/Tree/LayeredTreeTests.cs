using System.Text;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class LayeredTreeTests : TreeTest
{
    private const string Study = "files/p10/p10000001/s50000001";

    private readonly ScriptedLayer _one = new(LayerNumber.UnpackedTables);
    private readonly ScriptedLayer _other = new(LayerNumber.Selections) { RootDirectories = 1 };

    public LayeredTreeTests()
    {
        Origin.Add($"{Study}/a.jpg", Bytes(3000));
        for (var i = 0; i < 10; i++)
        {
            Origin.Add($"files/{i:00}.txt", Bytes(3));
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(100_000)]
    public async Task TryReadDirectory_PageByPage_GivesTheCataloguesNamesThenEachLayersOnce(int buffer)
    {
        var tree = NewTree(await OpenAsync(), _other, _one);
        var directory = Lookup(tree, "files").Node;
        for (var i = 0; i < 5; i++)
        {
            _one.Add(directory, $"one{i}");
            _other.Add(directory, $"other{i}");
        }

        var entries = ListAll(tree, directory, buffer);

        Assert.Equal(
            [.. Enumerable.Range(0, 10).Select(i => $"{i:00}.txt"), "p10", .. Enumerable.Range(0, 5).Select(i => $"one{i}"), .. Enumerable.Range(0, 5).Select(i => $"other{i}")],
            entries.Select(entry => entry.Name));
        Assert.All(entries, entry => Assert.Equal(Lookup(tree, $"files/{entry.Name}"), entry.Attributes));
        Assert.Equal(entries.Count, entries.Select(entry => entry.Attributes.Node).Distinct().Count());
        Assert.Equal(entries.Count, entries.Select(entry => entry.Attributes.Inode).Distinct().Count());
    }

    [Fact]
    public async Task TryReadDirectory_WhereNoLayerAdds_GivesTheCataloguesNames()
    {
        var tree = NewTree(await OpenAsync(), _one, _other);
        _one.Add(NodeId.Root, "x");

        Assert.Equal(["a.jpg"], ListAll(tree, Lookup(tree, Study).Node, 4096).Select(entry => entry.Name));
    }

    [Fact]
    public async Task TryLookup_NameOfTheCatalogue_IsTheCatalogues()
    {
        var tree = NewTree(await OpenAsync(), _one);
        _one.Add(NodeId.Root, "files");

        Assert.Equal(NodeKind.Directory, Lookup(tree, "files").Kind);
    }

    [Fact]
    public async Task LayersFile_ReadAndAskedFor_IsAnsweredByItsLayer()
    {
        var tree = NewTree(await OpenAsync(), _one, _other);
        _one.Add(NodeId.Root, "x");
        _other.Add(NodeId.Root, "yy");

        Assert.Equal("x"u8.ToArray(), await ReadAsync(tree, Lookup(tree, "x").Node, 0, 100));
        Assert.Equal("yy"u8.ToArray(), await ReadAsync(tree, Lookup(tree, "yy").Node, 0, 100));
        Assert.True(tree.TryGetAttributes(Lookup(tree, "yy").Node, out var attributes));
        Assert.Equal(2, attributes.Size);
        Assert.False(tree.TryLookup(Lookup(tree, "x").Node, "x"u8, out _));
    }

    [Fact]
    public async Task Root_LayersAddDirectories_CountsThemAsLinks()
    {
        var dataSet = await OpenAsync();
        NewTree(dataSet).TryGetAttributes(NodeId.Root, out var plain);
        NewTree(dataSet, _one, _other).TryGetAttributes(NodeId.Root, out var layered);

        Assert.Equal(plain with { LinkCount = plain.LinkCount + 1 }, layered);
    }

    [Fact]
    public async Task Node_OfALayerThatIsNotThere_IsRefusedByEveryMethod()
    {
        var tree = NewTree(await OpenAsync(), _one);
        var node = LayerNumber.Reports.Node(1);

        Assert.False(tree.TryGetAttributes(node, out _));
        Assert.False(tree.TryLookup(node, "files"u8, out _));
        Assert.False(TryList(tree, node, 0, 4096, out _));
        Assert.False(tree.TryReadLink(node, out _));
        Assert.Equal(Errno.InvalidArgument, tree.TryRead(node, 0, new byte[1]).Error);
        Assert.False(tree.TryGetBacking(node).IsPending);
        await Assert.ThrowsAsync<FsException>(() => tree.WaitReadableAsync(node, 0, 1, TestContext.Current.CancellationToken).AsTask());
        await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(node, true, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task NameChanged_WhileMounted_TheKernelForgetsNameAndListing()
    {
        var tree = NewTree(await OpenAsync(), _one);
        var kernel = new RecordedForgetting();
        tree.Mounted(kernel);

        _one.Add(NodeId.Root, "new");
        tree.Dispose();
        _one.Add(NodeId.Root, "afterwards");

        Assert.Equal(["name new in 1", "pages of 1"], kernel.Forgotten);
    }

    [Fact]
    public async Task CatalogueNodes_AskedForAgainAndAgain_AllocateNothing()
    {
        var tree = NewTree(await OpenAsync(), _one, _other);
        _one.Add(NodeId.Root, "x");
        var (files, study) = (Lookup(tree, "files").Node, Lookup(tree, Study).Node);
        var buffer = new byte[4096];

        Assert.Equal(0, Allocated.BytesOf(Ask));

        void Ask()
        {
            Assert.True(tree.TryLookup(study, "a.jpg"u8, out var image));
            Assert.False(tree.TryLookup(study, "missing"u8, out _));
            Assert.True(tree.TryGetAttributes(image.Node, out _));
            Assert.True(tree.TryGetAttributes(NodeId.Root, out _));
            var listing = new DirectoryListing(buffer);
            Assert.True(tree.TryReadDirectory(files, 0, ref listing));
            listing = new DirectoryListing(buffer);
            Assert.True(tree.TryReadDirectory(study, 0, ref listing));
        }
    }

    private sealed class RecordedForgetting : IKernelCache
    {
        public List<string> Forgotten { get; } = [];

        public void ForgetPages(NodeId node) => Forgotten.Add($"pages of {node.Value}");

        public void ForgetName(NodeId directory, ReadOnlySpan<byte> name) => Forgotten.Add($"name {Encoding.UTF8.GetString(name)} in {directory.Value}");
    }
}
