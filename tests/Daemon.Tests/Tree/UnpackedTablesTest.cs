using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>A data set with an image, and the tables that a test adds.</summary>
public abstract class UnpackedTablesTest : IAsyncDisposable
{
    private protected static readonly byte[] Table = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(row => $"{row},p{row * 7919 % 65536},AP\n")));

    private protected UnpackedTablesTest() => Origin.Add("files/a.jpg", [1]);

    private protected TemporaryFolder Folder { get; } = new();

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    private protected CacheHarness Parts { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await Parts.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts, or restarts, and tells what a mount would show.</summary>
    private protected async Task<LayeredTree> StartAsync(long spoolLimit = 64 << 20, Action? between = null)
    {
        if (Parts is null)
        {
            Origin.AddChecksums();
        }
        else
        {
            await Parts.DisposeAsync();
        }

        between?.Invoke();
        Parts = new CacheHarness(Folder, Origin, Store, new CacheHarness.Setup { SpoolLimit = spoolLimit });
        return new LayeredTree(await Parts.OpenAsync(), Parts.Cache, Parts.DirectorySizes);
    }

    private protected void LoseTheOrigin() => Origin.BeforeFetch = _ => throw new OriginException(OriginError.Unreachable, "The test lost it.");

    private protected static string Key(string name) => $"{MemoryOrigin.DataSet}/{name}";

    private protected static NodeAttributes Find(LayeredTree tree, string path)
    {
        Assert.True(tree.TryResolve(path, out var found), path);
        return found;
    }

    private protected static List<string> Names(LayeredTree tree, NodeId directory) => [.. TreeTest.ListAll(tree, directory, 400).Select(entry => entry.Name)];

    private protected static Task<byte[]> ReadAsync(LayeredTree tree, string path, long offset, int length) =>
        TreeTest.ReadAsync(tree, Find(tree, path).Node, offset, length);

    private protected static async Task<byte[]> ReadAsync(LayeredTree tree, string path)
    {
        using var bytes = new MemoryStream();
        var file = new TreeStream(tree, Find(tree, path).Node);
        await using (file)
        {
            await file.CopyToAsync(bytes, Token);
        }

        return bytes.ToArray();
    }

    private protected static byte[] GZip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        // An empty stream would be no gzip file at all.
        return packed.Length > 0 ? packed.ToArray() : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
