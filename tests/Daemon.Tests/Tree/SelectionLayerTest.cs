using System.Text;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>A data set of random tables, and selections of it.</summary>
public abstract class SelectionLayerTest : IAsyncLifetime
{
    private protected static readonly ImageQuery Some = new() { Splits = ["train", "test"], Where = ["not Pneumonia=0"] };

    private protected TemporaryFolder Folder { get; } = new();

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    /// <summary>The clock of what failed.</summary>
    private protected ManualTime Time { get; } = new();

    private protected RandomTables Tables { get; } = new(seed: 5, patients: 12);

    private protected CacheHarness Parts { get; private set; } = null!;

    private protected OpenDataSet DataSet { get; private set; } = null!;

    private protected LayeredTree Tree { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var image in Tables.Images)
        {
            Origin.Add(image.Path, Encoding.UTF8.GetBytes(image.DicomId));
        }

        foreach (var (name, text) in Tables.Tables)
        {
            Origin.Add(name, RandomTables.Gzip(text));
        }

        Origin.AddChecksums();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task RestartAsync(Action? between = null)
    {
        await EndAsync();
        between?.Invoke();
        await StartAsync();
        await DataSet.RefreshAsync(Token);
    }

    private protected async Task CreateAsync(string name, ImageQuery query)
    {
        Assert.NotNull(Parts.Selections.Create(CacheHarness.DataSet, await ImagesAsync(), name, query));
        await DataSet.RefreshAsync(Token);
    }

    private protected async Task DeleteAsync(string name)
    {
        Assert.True(Parts.Selections.Delete(CacheHarness.DataSet, name));
        await DataSet.RefreshAsync(Token);
    }

    /// <summary>The images that a query finds, as the tables' maker knows them.</summary>
    private protected async Task<List<TableImage>> FindAsync(ImageQuery query)
    {
        var images = await ImagesAsync();
        var paths = Parts.Selections.Run(CacheHarness.DataSet, images, query).Select(images.Path).ToHashSet();
        return [.. Tables.Images.Where(image => paths.Contains(image.Path))];
    }

    private protected Task<ImageTable> ImagesAsync() => Parts.ImageTables.OpenAsync(CacheHarness.Definition, Token);

    private protected NodeAttributes Find(string path)
    {
        Assert.True(Tree.TryResolve(path, out var found), path);
        return found;
    }

    private protected List<string> Names(string path) => [.. TreeTest.ListAll(Tree, Find(path).Node, 300).Select(entry => entry.Name)];

    /// <summary>All paths below a directory and what stands there, as find walks it.</summary>
    private protected Dictionary<string, NodeAttributes> Walk(string path)
    {
        var found = new Dictionary<string, NodeAttributes>();
        Into(path, Find(path));
        return found;

        void Into(string at, NodeAttributes node)
        {
            found.Add(at, node);
            if (node.Kind == NodeKind.Directory)
            {
                TreeTest.ListAll(Tree, node.Node, 400).ForEach(entry => Into($"{at}/{entry.Name}", entry.Attributes));
            }
        }
    }

    private protected string ReadLink(string path)
    {
        Assert.True(Tree.TryReadLink(Find(path).Node, out var target), path);
        Assert.Equal(Find(path).Size, target.Length);
        return Encoding.UTF8.GetString(target.Span);
    }

    /// <summary>The path that a relative link means.</summary>
    private protected string Follow(string path)
    {
        var folder = Path.GetDirectoryName("/" + path)!;
        return Path.GetFullPath(Path.Combine(folder, ReadLink(path)))[1..];
    }

    private async Task StartAsync()
    {
        Parts = new CacheHarness(Folder, Origin, Store, new CacheHarness.Setup { JobTime = Time });
        DataSet = await Parts.OpenAsync();
        Tree = new LayeredTree(DataSet, Parts.Cache, Parts.DirectorySizes);
    }

    private async Task EndAsync()
    {
        Tree.Dispose();
        await Parts.DisposeAsync();
    }
}
