using System.Diagnostics;
using System.Security.Cryptography;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

public sealed class UnmountTests
{
    // Larger than any read-ahead, so that what is read after the unmount must come from the tree.
    private const int FileBytes = 16_000_000;

    private const string ReadInTwoParts = """
        import hashlib, os, sys
        fd = os.open(sys.argv[1], os.O_RDONLY)
        h = hashlib.sha256(os.read(fd, 10))
        print("open", flush=True)
        sys.stdin.readline()
        while b := os.read(fd, 1 << 20):
            h.update(b)
        print(h.hexdigest())
        """;

    private static async Task<Process> OpenAsync(string path)
    {
        var reader = Run.Start("python3", "-c", ReadInTwoParts, path);
        Assert.Equal("open", await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return reader;
    }

    private static SampleTree TreeWithLargeFile(out byte[] content)
    {
        var tree = new SampleTree();
        content = SampleTree.Bytes(FileBytes, 1);
        tree.AddFile(tree.Root, "large", content);
        return tree;
    }

    [Fact]
    public async Task UnmountAsync_Idle_EndsTheSession()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        await mounted.Mount.UnmountAsync(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        Assert.True(mounted.Mount.Completion.IsCompleted);
        Assert.Null(MountTable.Find(mounted.Mount.MountPoint));
        Assert.Empty(Directory.GetFileSystemEntries(mounted.Mount.MountPoint));
    }

    [Fact]
    public async Task UnmountAsync_FileIsOpen_ReaderGoesOnAndItsCloseEndsTheSession()
    {
        var tree = TreeWithLargeFile(out var content);
        await using var mounted = await MountedTree.CreateAsync(tree);
        using var reader = await OpenAsync(mounted.At("large"));
        var unmounting = mounted.Mount.UnmountAsync(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);

        // The path is free at once, or soon: unmounting is under way on another thread.
        while (MountTable.Find(mounted.Mount.MountPoint) is not null)
        {
            await Task.Yield();
        }

        Assert.False(unmounting.IsCompleted);
        await reader.StandardInput.WriteLineAsync();
        var (exitCode, output, errors) = await Run.EndAsync(reader);
        Assert.True(exitCode == 0, errors);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), output.Trim());
        await unmounting;
        Assert.True(mounted.Mount.Completion.IsCompleted);
    }

    [Fact]
    public async Task UnmountAsync_WithoutGrace_EndsTheSessionUnderItsReader()
    {
        var tree = TreeWithLargeFile(out _);
        await using var mounted = await MountedTree.CreateAsync(tree);
        using var reader = await OpenAsync(mounted.At("large"));
        await mounted.Mount.UnmountAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True(mounted.Mount.Completion.IsCompleted);
        await reader.StandardInput.WriteLineAsync();
        var (exitCode, _, errors) = await Run.EndAsync(reader);
        Assert.Equal(1, exitCode);
        Assert.Contains("[Errno ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnmountAsync_FileIsOpenLongerThanTheGrace_ReaderGetsAnErrorAndThenItEnds()
    {
        var tree = TreeWithLargeFile(out _);
        await using var mounted = await MountedTree.CreateAsync(tree);
        using var reader = await OpenAsync(mounted.At("large"));
        await mounted.Mount.UnmountAsync(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        await reader.StandardInput.WriteLineAsync();
        var (exitCode, _, errors) = await Run.EndAsync(reader);
        Assert.Equal(1, exitCode);
        Assert.Contains("[Errno ", errors, StringComparison.Ordinal);
        await mounted.Mount.Completion.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Completion_UnmountedFromOutside_Completes()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        await Run.OkAsync("umount", mounted.Mount.MountPoint);
        await mounted.Mount.Completion.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task UnmountAsync_SomethingElseIsMountedOver_LeavesItAlone()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        await Run.OkAsync("mount", "-t", "tmpfs", "over", mounted.Mount.MountPoint);
        await mounted.Mount.UnmountAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Equal("tmpfs", MountTable.Find(mounted.Mount.MountPoint)?.FileSystemType);
        await Run.OkAsync("umount", mounted.Mount.MountPoint);
        await Run.OkAsync("umount", "-l", mounted.Mount.MountPoint);
    }

    [Fact]
    public async Task MountAsync_AfterUnmount_WorksAgain()
    {
        var directory = Directory.CreateTempSubdirectory("mimic-fs-test-").FullName;
        Machine.NeedsRootAndFuse();
        for (var i = 0; i < 10; i++)
        {
            await using var mount = await FuseMount.MountAsync(
                directory,
                SampleTree.WithOneOfEach(),
                new FuseMountOptions(),
                new RecordingLogger(),
                TestContext.Current.CancellationToken);
            Assert.Equal("hello\n", await Run.OkAsync("cat", Path.Combine(directory, "hello.txt")));
        }

        Directory.Delete(directory);
    }
}
