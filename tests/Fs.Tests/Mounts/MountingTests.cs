using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>What can stand in the way of a mount, and what is left behind by a daemon that died.</summary>
public sealed class MountingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mimic-fs-test-").FullName;

    public MountingTests() => Machine.NeedsRootAndFuse();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<FuseMount> MountAsync(string path) => FuseMount.MountAsync(
        path,
        SampleTree.WithOneOfEach(),
        new FuseMountOptions(),
        new RecordingLogger(),
        TestContext.Current.CancellationToken);

    private static async Task AssertRefusedAsync(FuseMountError reason, string path)
    {
        var exception = await Assert.ThrowsAsync<FuseMountException>(() => MountAsync(path));
        Assert.Equal(reason, exception.Reason);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task MountAsync_DirectoryMissing_IsRefused() =>
        AssertRefusedAsync(FuseMountError.MountPointMissing, Path.Combine(_directory, "missing"));

    [Fact]
    public async Task MountAsync_File_IsRefused()
    {
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(FuseMountError.MountPointNotDirectory, file);
    }

    [Fact]
    public async Task MountAsync_DirectoryWithFiles_IsRefused()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "x", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(FuseMountError.MountPointNotEmpty, _directory);
    }

    [Fact]
    public async Task MountAsync_AlreadyMounted_IsRefusedAndTheFirstGoesOn()
    {
        await using var mount = await MountAsync(_directory);
        await AssertRefusedAsync(FuseMountError.AlreadyMounted, _directory);
        Assert.Equal("hello\n", await Run.OkAsync("cat", Path.Combine(_directory, "hello.txt")));
    }

    [Fact]
    public async Task MountAsync_BadOption_IsRefusedBeforeAnything()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => FuseMount.MountAsync(
            _directory,
            new SampleTree(),
            new FuseMountOptions { DeviceThreads = 0 },
            new RecordingLogger(),
            TestContext.Current.CancellationToken));
        Assert.Null(MountTable.Find(_directory));
    }

    [Fact]
    public async Task MountAsync_ThroughALinkAndABlank_ShowsTheRealPath()
    {
        var real = Directory.CreateDirectory(Path.Combine(_directory, "a blank")).FullName;
        var link = Path.Combine(_directory, "link");
        File.CreateSymbolicLink(link, real);
        await using var mount = await MountAsync(link + "/");
        Assert.Equal(real, mount.MountPoint);
        Assert.Contains(MountTable.FindOurs(), entry => entry.MountPoint == real);
        Assert.False(MountTable.IsStale(real));
        Assert.Equal("hello\n", await Run.OkAsync("cat", Path.Combine(link, "hello.txt")));
    }

    [Fact]
    public async Task MountAsync_ByMountTable_IsReadOnlyAndClosedToOthers()
    {
        await using var mount = await MountAsync(_directory);
        var entry = MountTable.Find(_directory)!;
        Assert.Equal(("fuse.mimic-cxr", "mimic-cxr"), (entry.FileSystemType, entry.Source));
        Assert.Contains("default_permissions", entry.SuperOptions, StringComparison.Ordinal);
        Assert.DoesNotContain("allow_other", entry.SuperOptions, StringComparison.Ordinal);
        Assert.StartsWith("ro,", entry.SuperOptions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MountAsync_AllowOther_OthersMayRead()
    {
        await Run.OkAsync("chmod", "755", _directory);
        var options = new FuseMountOptions { AllowOther = true };
        await using var mount = await FuseMount.MountAsync(
            _directory,
            SampleTree.WithOneOfEach(),
            options,
            new RecordingLogger(),
            TestContext.Current.CancellationToken);
        Assert.Equal("hello\n", await Run.OkAsync("setpriv", [.. UnprivilegedTests.AsNobody, "cat", Path.Combine(_directory, "hello.txt")]));
    }

    [Fact]
    public async Task MountAsync_TreeFailsWhenTold_LeavesNoMount()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => FuseMount.MountAsync(
            _directory,
            new TreeThatRefuses(),
            new FuseMountOptions(),
            new RecordingLogger(),
            TestContext.Current.CancellationToken));
        Assert.Null(MountTable.Find(_directory));
    }

    [Fact]
    public async Task MountAsync_AfterTheDaemonWasKilled_ReplacesItsMount()
    {
        using (var daemon = Run.Start(MountHost.Program, MountHost.Argument, _directory))
        {
            Assert.Equal("ready", await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            Assert.Equal("hello\n", await Run.OkAsync("cat", Path.Combine(_directory, "hello.txt")));
            daemon.Kill();
            await daemon.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(MountTable.IsStale(_directory));
        await using var mount = await MountAsync(_directory);
        Assert.False(MountTable.IsStale(_directory));
        Assert.Equal("inside", await Run.OkAsync("cat", Path.Combine(_directory, "folder/inner.txt")));
        await mount.UnmountAsync(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        Assert.Null(MountTable.Find(_directory));
    }

    private sealed class TreeThatRefuses : IFileTree
    {
        public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes) => throw new NotSupportedException();

        public bool TryGetAttributes(NodeId node, out NodeAttributes attributes) => throw new NotSupportedException();

        public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) => throw new NotSupportedException();

        public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing) => throw new NotSupportedException();

        public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target) => throw new NotSupportedException();

        public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) => throw new NotSupportedException();

        public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public TreeStatistics GetStatistics() => default;

        public void Mounted(IKernelCache kernel) => throw new InvalidOperationException("not now");
    }
}
