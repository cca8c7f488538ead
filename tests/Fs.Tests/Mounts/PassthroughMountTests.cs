using System.Diagnostics;
using System.Security.Cryptography;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>Real mounts whose files the kernel reads from backing files.</summary>
public sealed class PassthroughMountTests
{
    private const string MapAfterClose = """
        import ctypes, hashlib, os, sys
        # Python's own mmap keeps a duplicate of the descriptor open.
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
        fd = os.open(sys.argv[1], os.O_RDONLY)
        size = os.fstat(fd).st_size
        address = libc.mmap(None, size, 1, 2, fd, 0)
        os.close(fd)
        print("mapped", flush=True)
        sys.stdin.readline()
        print(hashlib.sha256(ctypes.string_at(address, size)).hexdigest())
        """;

    private const string HoldOpen = """
        import hashlib, os, sys
        fd = os.open(sys.argv[1], os.O_RDONLY)
        print("open", flush=True)
        sys.stdin.readline()
        print(hashlib.sha256(os.read(fd, 1 << 30)).hexdigest())
        """;

    private static FuseMountOptions Options => new() { ReadMode = ReadMode.Passthrough };

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<MountedTree> MountAsync(SampleTree tree, FuseMountOptions? options = null)
    {
        var mounted = await MountedTree.CreateAsync(tree, options ?? Options);

        // A kernel before 6.9 cannot; that it falls back is another test's business.
        if (mounted.Mount.ReadMode != ReadMode.Passthrough)
        {
            var reason = mounted.Mount.ReadModeReason;
            await mounted.DisposeAsync();
            Assert.Skip(reason);
        }

        return mounted;
    }

    private static async Task<Process> StartAsync(string script, string path, string says)
    {
        var reader = Run.Start("python3", "-c", script, path);
        Assert.Equal(says, await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return reader;
    }

    private static async Task<string> GoOnAsync(Process reader)
    {
        await reader.StandardInput.WriteLineAsync();
        var (exitCode, output, errors) = await Run.EndAsync(reader);
        Assert.True(exitCode == 0, errors);
        return output.Trim();
    }

    /// <summary>RELEASE comes some time after the close, without anybody waiting for it.</summary>
    private static async Task NothingHeldAsync(MountedTree mounted)
    {
        while (mounted.Mount.Counters.BackingFilesNow != 0 || mounted.Tree.Root.Children.Exists(file => Volatile.Read(ref file.LeasesNow) != 0))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Read_ManySizesAndTools_IsEqualWithoutASingleRead()
    {
        var tree = new SampleTree();
        foreach (var size in new[] { 0, 1, 4097, 131_073, 5_000_000 })
        {
            var file = tree.AddFile(tree.Root, $"{size}.bin", SampleTree.Bytes(size, size));
            if (size % 2 == 1)
            {
                file.HoldSize().SetResult();
            }
        }

        await using var mounted = await MountAsync(tree);
        Assert.Equal("as asked for", mounted.Mount.ReadModeReason);
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var file in tree.Root.Children)
            {
                var path = mounted.At(System.Text.Encoding.UTF8.GetString(file.Name));
                Assert.StartsWith(Sha256(file.Content), await Run.OkAsync("sha256sum", path), StringComparison.Ordinal);
                Assert.StartsWith(Sha256(file.Content), await Run.OkAsync("sh", "-c", "cp \"$1\" /dev/stdout | sha256sum", "sh", path), StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, mounted.Mount.Counters.Reads);
        await NothingHeldAsync(mounted);
    }

    [Fact]
    public async Task Open_OfAPendingFile_WaitsUntilItIsWhole()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "slow", SampleTree.Bytes(3_000_000, 3));
        var gate = file.HoldBytes();
        await using var mounted = await MountAsync(tree);
        var readers = Enumerable.Range(0, 4).Select(_ => Run.OkAsync("sha256sum", mounted.At("slow"))).ToArray();
        await tree.WaitForWaitsAsync(4);
        Assert.All(readers, reader => Assert.False(reader.IsCompleted));
        gate.SetResult();
        Assert.All(await Task.WhenAll(readers), output => Assert.StartsWith(Sha256(file.Content), output, StringComparison.Ordinal));
        Assert.Equal(0, mounted.Mount.Counters.Reads);
        await NothingHeldAsync(mounted);
    }

    [Fact]
    public async Task Open_SlowerThanTheBackingLimit_IsReadAsTheBytesArrive()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "slow", SampleTree.Bytes(300_000, 3));
        var gate = file.HoldBytes();
        await using var mounted = await MountAsync(tree, Options with { BackingWaitLimit = TimeSpan.FromMilliseconds(20) });
        var reading = Run.OkAsync("sha256sum", mounted.At("slow"));
        await tree.WaitForWaitsAsync(2); // the open, and then a read
        gate.SetResult();
        Assert.StartsWith(Sha256(file.Content), await reading, StringComparison.Ordinal);
        Assert.NotEqual(0, mounted.Mount.Counters.Reads);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task Signal_ToAWaitingOpener_EndsItWhileTheFileIsPending(string signal)
    {
        var tree = new SampleTree();
        var gate = tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray()).HoldBytes();
        await using var mounted = await MountAsync(tree);
        using var cat = Run.Start("env", "--default-signal=INT", "cat", mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);
        await Run.OkAsync("kill", "-s", signal, cat.Id.ToString());
        Assert.Equal(128 + (signal == "INT" ? 2 : 9), (await Run.EndAsync(cat)).ExitCode);
        Assert.False(gate.Task.IsCompleted);
        gate.SetResult();
        Assert.Equal("bytes", await Run.OkAsync("cat", mounted.At("slow")));
        await NothingHeldAsync(mounted);
    }

    [Fact]
    public async Task Open_MixedWays_AllRead()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "file", SampleTree.Bytes(1_000_000, 5));
        file.HasNoBacking = true;
        await using var mounted = await MountAsync(tree);
        using var without = await StartAsync(HoldOpen, mounted.At("file"), "open");

        // From now on the tree could pass it through, but it is open without.
        file.HasNoBacking = false;
        Assert.StartsWith(Sha256(file.Content), await Run.OkAsync("sha256sum", mounted.At("file")), StringComparison.Ordinal);
        Assert.Equal(0, file.Leases);
        Assert.Equal(Sha256(file.Content), await GoOnAsync(without));

        // The RELEASE of that reader may come after the next OPEN, which then still goes without.
        while (file.Leases == 0)
        {
            Assert.StartsWith(Sha256(file.Content), await Run.OkAsync("sha256sum", mounted.At("file")), StringComparison.Ordinal);
        }

        // And the other way round.
        using var with = await StartAsync(HoldOpen, mounted.At("file"), "open");
        file.HasNoBacking = true;
        Assert.StartsWith(Sha256(file.Content), await Run.OkAsync("sha256sum", mounted.At("file")), StringComparison.Ordinal);
        Assert.Equal(Sha256(file.Content), await GoOnAsync(with));
    }

    [Fact]
    public async Task Mmap_AfterTheLastCloseAndTheEndOfTheLease_ReadsOn()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "file", SampleTree.Bytes(3_000_000, 5));
        await using var mounted = await MountAsync(tree);
        using var reader = await StartAsync(MapAfterClose, mounted.At("file"), "mapped");
        await NothingHeldAsync(mounted); // the backing file is unlinked by now
        Assert.Equal(Sha256(file.Content), await GoOnAsync(reader));
    }

    [Fact]
    public async Task UnmountAsync_WithoutGraceWhileOpen_EndsTheSessionAndItsLeasesAndTheReaderReadsOn()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "file", SampleTree.Bytes(3_000_000, 5));
        await using var mounted = await MountAsync(tree);
        using var reader = await StartAsync(HoldOpen, mounted.At("file"), "open");
        await mounted.Mount.UnmountAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.True(mounted.Mount.Completion.IsCompleted);
        Assert.Equal((1, 0), (file.Leases, file.LeasesNow));
        Assert.Equal(Sha256(file.Content), await GoOnAsync(reader));
    }

    [Fact]
    public async Task UnmountAsync_WhileOpen_TheCloseEndsTheLease()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "file", SampleTree.Bytes(3_000_000, 5));
        await using var mounted = await MountAsync(tree);
        using var reader = await StartAsync(HoldOpen, mounted.At("file"), "open");
        var unmounting = mounted.Mount.UnmountAsync(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
        Assert.Equal(1, file.LeasesNow);
        Assert.Equal(Sha256(file.Content), await GoOnAsync(reader));
        await unmounting;
        Assert.Equal(0, file.LeasesNow);
    }

    [Fact]
    public async Task Open_ManyReadersOfFewFiles_NeverFails()
    {
        var tree = new SampleTree();
        for (var i = 0; i < 4; i++)
        {
            // Every way at once: resident, without, and pending for a while.
            var file = tree.AddFile(tree.Root, "f" + i, SampleTree.Bytes(100_000, 1));
            file.HasNoBacking = i == 1;
        }

        var gate = tree.Root.Children[2].HoldBytes();
        await using var mounted = await MountAsync(tree);
        var readers = Enumerable.Range(0, 8).Select(_ => Run.OkAsync(
            "sh", "-c", "for i in $(seq 40); do cat \"$1\"/f0 \"$1\"/f1 \"$1\"/f3; done | wc -c; cat \"$1\"/f2 | wc -c", "sh", mounted.Mount.MountPoint)).ToArray();
        await tree.WaitForWaitsAsync(1);
        gate.SetResult();
        Assert.All(await Task.WhenAll(readers), output => Assert.Equal("12000000\n100000\n", output));
        await NothingHeldAsync(mounted);
    }

    [Fact]
    public async Task MountAsync_AutoWithAWorkingSetBeyondMemory_PassesThroughAndSaysWhy()
    {
        await using var mounted = await MountAsync(SampleTree.WithOneOfEach(), new FuseMountOptions { ReadMode = ReadMode.Auto, WorkingSetBytes = long.MaxValue });
        Assert.Contains("does not fit in", mounted.Mount.ReadModeReason, StringComparison.Ordinal);
        Assert.Equal("hello\n", await Run.OkAsync("cat", mounted.At("hello.txt")));
        Assert.Equal(1, mounted.Mount.Counters.BackingFiles);
    }

    [Fact]
    public async Task MountAsync_AutoWithoutAHint_IsPageCache()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach(), new FuseMountOptions { ReadMode = ReadMode.Auto });
        Assert.Equal((ReadMode.PageCache, "the size of the working set is not known"), (mounted.Mount.ReadMode, mounted.Mount.ReadModeReason));
    }
}
