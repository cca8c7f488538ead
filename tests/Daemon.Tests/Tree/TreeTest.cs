using System.Text;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>A small data set and its tree.</summary>
public abstract class TreeTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CacheHarness _parts;

    private protected TreeTest() => _parts = new CacheHarness(_folder, Origin, Store);

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The data set of what was added to the origin.</summary>
    private protected async Task<OpenDataSet> OpenAsync()
    {
        Origin.AddChecksums();
        return await _parts.OpenAsync();
    }

    /// <summary>Another tree of the same data set, as a second mount has it; told when a blob is replaced, as a mount is.</summary>
    private protected DataSetTree NewTree(OpenDataSet dataSet)
    {
        var tree = new DataSetTree(dataSet.Definition, dataSet.Blobs, _parts.Cache, _parts.DirectorySizes);
        dataSet.Blobs.Replaced += tree.OnReplaced;
        return tree;
    }

    private protected async Task<DataSetTree> NewTreeAsync() => NewTree(await OpenAsync());

    /// <summary>Walks a path by lookups.</summary>
    private protected static NodeAttributes Lookup(DataSetTree tree, string path)
    {
        var node = NodeId.Root;
        Assert.True(tree.TryGetAttributes(node, out var found));
        foreach (var part in path.Split('/'))
        {
            Assert.True(tree.TryLookup(found.Node, Encoding.UTF8.GetBytes(part), out found), path);
        }

        return found;
    }

    /// <summary>Reads as the kernel does: tries, waits, tries again.</summary>
    private protected static async Task<byte[]> ReadAsync(DataSetTree tree, NodeId file, long offset, int length)
    {
        var buffer = new byte[length];
        ReadResult result;
        while ((result = tree.TryRead(file, offset, buffer)).IsPending)
        {
            await tree.WaitReadableAsync(file, offset, length, TestContext.Current.CancellationToken);
        }

        return result.Error == Errno.None ? buffer[..result.Bytes] : throw new FsException(result.Error, "TryRead");
    }

    private protected static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
