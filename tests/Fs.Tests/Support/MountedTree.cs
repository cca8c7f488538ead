using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>A sample tree mounted in a fresh directory. Fails the test if an error was logged.</summary>
internal sealed class MountedTree : IAsyncDisposable
{
    private MountedTree(SampleTree tree, FuseMount mount, RecordingLogger logger) => (Tree, Mount, Logger) = (tree, mount, logger);

    public SampleTree Tree { get; }

    public FuseMount Mount { get; }

    public RecordingLogger Logger { get; }

    public static async Task<MountedTree> CreateAsync(SampleTree tree, FuseMountOptions? options = null)
    {
        Machine.NeedsRootAndFuse();
        var logger = new RecordingLogger();
        var directory = Directory.CreateTempSubdirectory("mimic-fs-test-").FullName;
        var mount = await FuseMount.MountAsync(
            directory,
            tree,
            options ?? new FuseMountOptions(),
            logger,
            TestContext.Current.CancellationToken);
        return new MountedTree(tree, mount, logger);
    }

    public string At(string path) => Path.Combine(Mount.MountPoint, path);

    public async ValueTask DisposeAsync()
    {
        await Mount.DisposeAsync();
        Directory.Delete(Mount.MountPoint);
        Assert.Empty(Logger.Errors);
    }
}
