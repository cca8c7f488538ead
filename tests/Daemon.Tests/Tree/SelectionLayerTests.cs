using System.Text;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class SelectionLayerTests : SelectionLayerTest
{
    private static readonly (string Folder, string State)[] States = [("positive", "1.0"), ("negative", "0.0"), ("uncertain", "-1.0"), ("not-mentioned", "")];

    [Fact]
    public async Task Files_AreTheQuerysUnderTheNodesOfTheDataSet()
    {
        await CreateAsync("some", Some);

        var expected = await FindAsync(Some);
        var found = Walk("selections/some/files").Where(entry => entry.Value.Kind == NodeKind.File).ToDictionary();
        Assert.Equal(expected.Select(image => $"selections/some/{image.Path}"), found.Keys);
        Assert.All(found, entry => Assert.Equal(Find(entry.Key["selections/some/".Length..]), entry.Value));
        Assert.InRange(expected.Count, 5, Tables.Images.Count - 5);
    }

    [Fact]
    public async Task Everything_ListedAndLookedUp_IsTheSameWithRightLinkCounts()
    {
        await CreateAsync("some", Some);

        var all = Walk("");

        Assert.All(all.Where(entry => entry.Key.StartsWith("/selections", StringComparison.Ordinal)), entry =>
        {
            Assert.Equal(Find(entry.Key), entry.Value);
            Assert.True(Tree.TryGetAttributes(entry.Value.Node, out var asked));
            Assert.Equal(entry.Value, asked);
        });
        Assert.All(all.Where(entry => entry.Value.Kind == NodeKind.Directory), entry => Assert.Equal(
            2 + all.Count(other => other.Value.Kind == NodeKind.Directory && other.Key.Length > 0 && other.Key[..other.Key.LastIndexOf('/')] == entry.Key),
            Find(entry.Key).LinkCount));
        Assert.All(
            all.Values.Where(node => node.Kind == NodeKind.Directory).CountBy(node => node.Node), directory => Assert.Equal(1, directory.Value));
    }

    [Fact]
    public async Task ByLabel_EachStateOfEachColumn_HasTheQuerysImages()
    {
        await CreateAsync("some", Some);

        var images = await FindAsync(Some);
        var columns = RandomTables.Labelers.SelectMany(labeler => RandomTables.Labels.Select(label => (
            Folder: labeler == "chexpert" ? label : $"{labeler}:{label}", Key: TableImage.Key(labeler, label)))).ToList();
        Assert.Equal(columns.Select(column => column.Folder), Names("selections/some/by-label"));
        foreach (var (folder, key) in columns)
        {
            var states = States.Where(state => images.Exists(image => image.Labels[key] == state.State)).ToList();
            Assert.Equal(states.Select(state => state.Folder).Order(), Names($"selections/some/by-label/{folder}").Order());
            foreach (var (name, state) in states)
            {
                AssertLinks($"selections/some/by-label/{folder}/{name}", images.Where(image => image.Labels[key] == state));
            }
        }

        Assert.False(Tree.TryResolve("selections/some/by-label/Pneumonia/negative", out _));
    }

    [Fact]
    public async Task BySplit_EachSplit_HasTheQuerysImages()
    {
        await CreateAsync("some", Some);

        var images = await FindAsync(Some);
        Assert.Equal(["test", "train"], Names("selections/some/by-split").Order());
        AssertLinks("selections/some/by-split/train", images.Where(image => image.Split == "train"));
        AssertLinks("selections/some/by-split/test", images.Where(image => image.Split == "test"));
        Assert.False(Tree.TryResolve($"selections/some/by-split/train/{images.First(image => image.Split == "test").DicomId}.jpg", out _));
    }

    [Fact]
    public async Task Selections_ComeAndGoInARunningMount()
    {
        var kernel = new RecordingKernel();
        Tree.Mounted(kernel);
        Assert.False(Tree.TryResolve("selections", out _));
        var links = Find("").LinkCount;

        await CreateAsync("some", Some);
        Assert.Equal(["some in selections", "selections in root"], kernel.Take());
        Assert.Equal(links + 1, Find("").LinkCount);

        await CreateAsync("all", new ImageQuery());
        Assert.Equal(["all in selections"], kernel.Take());
        Assert.Equal(["some", "all"], Names("selections"));

        await DeleteAsync("some");
        await DeleteAsync("all");
        Assert.Equal(["some in selections", "all in selections", "selections in root"], kernel.Take());
        Assert.DoesNotContain("selections", Names(""));
        Assert.False(Tree.TryResolve("selections", out _));
        Assert.Equal(links, Find("").LinkCount);
    }

    [Fact]
    public async Task Deleted_WhatIsHeldOfIt_ReadsOnAndTheNameStandsForTheNextOne()
    {
        await CreateAsync("some", Some);
        var (file, manifest) = (Find($"selections/some/{(await FindAsync(Some))[0].Path}"), Find("selections/some/manifest.csv"));
        var before = await ReadAsync(manifest.Node);

        await DeleteAsync("some");
        await CreateAsync("some", new ImageQuery { Splits = ["validate"] });

        Assert.Equal(before, await ReadAsync(manifest.Node));
        Assert.Equal((await FindAsync(Some))[0].DicomId, Encoding.UTF8.GetString(await ReadAsync(file.Node)));
        Assert.NotEqual(manifest.Node, Find("selections/some/manifest.csv").Node);
        Assert.Equal(["validate"], Names("selections/some/by-split"));
    }

    [Fact]
    public async Task Deleted_ManyTimes_OnlyTheLastOnesAreKept()
    {
        var nodes = new List<NodeId>();
        for (var i = 0; i < 20; i++)
        {
            await CreateAsync("some", Some);
            nodes.Add(Find("selections/some").Node);
            await DeleteAsync("some");
        }

        Assert.Equal(16, nodes.Count(node => Tree.TryGetAttributes(node, out _)));
        Assert.True(Tree.TryGetAttributes(nodes[^1], out _));
    }

    [Fact]
    public async Task Restart_EveryNode_IsWhatItWas()
    {
        await CreateAsync("gone", Some);
        await CreateAsync("some", Some);
        await DeleteAsync("gone");
        var before = Walk("selections/some");

        await RestartAsync();

        Assert.Equal(before, Walk("selections/some"));
    }

    [Fact]
    public async Task ReplacedFile_IsForgottenInSelectionsTooAndReadsRight()
    {
        await CreateAsync("some", Some);
        await CreateAsync("others", new ImageQuery { Minus = ["some"] });
        var kernel = new RecordingKernel();
        Tree.Mounted(kernel);
        var path = (await FindAsync(Some))[0].Path;
        var old = Find($"selections/some/{path}");

        DataSet.Blobs.Replace(DataSet.Blobs.Get(Lists.File(DataSet.Blobs.Catalog, path)), resident: null);

        Assert.Equal(
            [Find(Path.GetDirectoryName(path)!).Node, Find($"selections/some/{Path.GetDirectoryName(path)}").Node],
            kernel.Names.Select(name => name.Directory).OrderBy(directory => directory.Value));
        Assert.All(kernel.Names, name => Assert.Equal(Path.GetFileName(path), name.Name));
        Assert.NotEqual(old.Node, Find($"selections/some/{path}").Node);
        Assert.Equal(Find(path), Find($"selections/some/{path}"));
        Assert.NotEmpty(await ReadAsync(Find($"selections/some/{path}").Node));
    }

    [Fact]
    public async Task RandomNumbers_OfTheLayer_AreAnsweredWhateverTheyAre()
    {
        await CreateAsync("some", Some);
        var random = new Random(1);
        var buffer = new byte[300];
        for (var i = 0; i < 20_000; i++)
        {
            var index = random.Next(2) == 0 ? random.Next(200) : random.Next();
            var node = new SelectionNode(random.Next(3), (SelectionPart)random.Next(16), index).Id;
            var known = Tree.TryGetAttributes(node, out var attributes);
            Assert.Equal(known && attributes.Kind == NodeKind.SymbolicLink, Tree.TryReadLink(node, out _));
            var listing = new DirectoryListing(buffer);
            Assert.Equal(known && attributes.Kind == NodeKind.Directory, Tree.TryReadDirectory(node, 0, ref listing));
            Assert.False(Tree.TryLookup(node, "nothing"u8, out _));
            Assert.Equal(known && attributes.Kind == NodeKind.File, Tree.TryRead(node, 0, buffer).Error == Errno.None);
        }
    }

    [Fact]
    public async Task Hot_LookupsAttributesAndListings_AllocateNothing()
    {
        await CreateAsync("some", Some);
        var image = (await FindAsync(Some))[0];
        var (study, original) = (Find($"selections/some/{Path.GetDirectoryName(image.Path)}").Node, Find(Path.GetDirectoryName(image.Path)!).Node);
        var (split, name) = (Find($"selections/some/by-split/{image.Split}").Node, Encoding.UTF8.GetBytes(image.DicomId + ".jpg"));
        var buffer = new byte[4096];

        Assert.Equal(0, Allocated.BytesOf(Ask));

        void Ask()
        {
            foreach (var directory in (ReadOnlySpan<NodeId>)[study, original, split])
            {
                Assert.True(Tree.TryLookup(directory, name, out var found));
                Assert.True(Tree.TryGetAttributes(found.Node, out _));
                Assert.False(Tree.TryLookup(directory, "missing"u8, out _));
                var listing = new DirectoryListing(buffer);
                Assert.True(Tree.TryReadDirectory(directory, 0, ref listing));
            }

            Assert.True(Tree.TryLookup(NodeId.Root, "selections"u8, out _));
        }
    }

    [Fact]
    public async Task Restart_WithoutOriginSpoolAndStore_EverySelectionIsThere()
    {
        await CreateAsync("some", Some);
        var before = Walk("selections/some");
        Origin.BeforeFetch = _ => throw new IOException("The test lost it.");
        Store.Objects.Clear();

        await RestartAsync(between: () => Directory.Delete(Folder["spool"], recursive: true));

        Assert.Equal(before, Walk("selections/some"));
    }

    [Fact]
    public async Task TablesCannotBeHad_NothingIsShownUntilTheyCan()
    {
        await CreateAsync("some", Some);
        var read = Origin.BeforeFetch;
        Origin.BeforeFetch = _ => throw new IOException("The test lost it.");
        Store.Objects.Clear();
        await RestartAsync(between: () =>
        {
            Directory.Delete(Folder["spool"], recursive: true);
            Directory.EnumerateFiles(Folder["catalogs"], "*.tables").ToList().ForEach(File.Delete);
        });
        Assert.False(Tree.TryResolve("selections", out _));

        Origin.BeforeFetch = read;
        Time.Advance(TimeSpan.FromMinutes(1));
        await DataSet.RefreshAsync(Token);

        Assert.Equal(["by-label", "by-split", "files", "manifest.csv"], Names("selections/some"));
    }

    private void AssertLinks(string folder, IEnumerable<TableImage> images)
    {
        Assert.Equal(images.Select(image => $"{image.DicomId}.jpg"), Names(folder));
        Assert.All(images, image => Assert.Equal($"selections/some/{image.Path}", Follow($"{folder}/{image.DicomId}.jpg")));
        Assert.All(images, image => Assert.Equal(NodeKind.File, Find(Follow($"{folder}/{image.DicomId}.jpg")).Kind));
    }

    private Task<byte[]> ReadAsync(NodeId file) => TreeTest.ReadAsync(Tree, file, 0, 1 << 20);

    private sealed class RecordingKernel : IKernelCache
    {
        public List<(NodeId Directory, string Name)> Names { get; } = [];

        public void ForgetPages(NodeId node)
        {
        }

        public void ForgetName(NodeId directory, ReadOnlySpan<byte> name) => Names.Add((directory, Encoding.UTF8.GetString(name)));

        public List<string> Take()
        {
            var names = Names.ConvertAll(name => $"{name.Name} in {(name.Directory == NodeId.Root ? "root" : name.Directory == SelectionNode.Folder ? "selections" : "elsewhere")}");
            Names.Clear();
            return names;
        }
    }
}
