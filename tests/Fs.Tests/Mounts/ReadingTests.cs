using System.Security.Cryptography;
using System.Text;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>Ordinary programs on a real mount, in both modes.</summary>
public sealed class ReadingTests
{
    private const string MapFile = """
        import hashlib, mmap, sys
        with open(sys.argv[1], "rb") as f:
            with mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
                print(hashlib.sha256(m).hexdigest())
        """;

    public static TheoryData<ReadMode> Modes => [ReadMode.PageCache, ReadMode.Plain];

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Read_FilesOfManySizes_AreEqual(ReadMode mode)
    {
        var tree = new SampleTree();
        var folder = tree.AddDirectory(tree.Root, "files");
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var size in new[] { 0, 1, 4095, 4096, 4097, 131_072, 131_073, 1_048_577, 5_000_000 })
        {
            var file = tree.AddFile(folder, $"{size}.bin", SampleTree.Bytes(size, size));
            expected[$"{size}.bin"] = Sha256(file.Content);

            // Every other size is not known before it is asked for.
            if (size % 2 == 1)
            {
                file.HoldSize().SetResult();
            }
        }

        await using var mounted = await MountedTree.CreateAsync(tree, new FuseMountOptions { ReadMode = mode });
        Assert.Equal(mode, mounted.Mount.ReadMode);
        foreach (var (name, hash) in expected)
        {
            Assert.StartsWith(hash, await Run.OkAsync("sha256sum", mounted.At("files/" + name)), StringComparison.Ordinal);
        }

        // A second pass comes from the pages the kernel kept.
        var reads = mounted.Mount.Counters.Reads;
        foreach (var (name, hash) in expected)
        {
            Assert.StartsWith(hash, await Run.OkAsync("sha256sum", mounted.At("files/" + name)), StringComparison.Ordinal);
        }

        Assert.Equal(reads, mounted.Mount.Counters.Reads);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Read_SizeUnknownUntilAskedFor_IsRightForCatCpAndMmap(ReadMode mode)
    {
        var tree = new SampleTree();
        var content = SampleTree.Bytes(300_000, 7);
        foreach (var name in new[] { "cat", "cp", "mmap" })
        {
            tree.AddFile(tree.Root, name, content);
        }

        var gates = tree.Root.Children.ConvertAll(file => file.HoldSize());
        await using var mounted = await MountedTree.CreateAsync(tree, new FuseMountOptions { ReadMode = mode });
        var running = new[]
        {
            Run.OkAsync("sha256sum", mounted.At("cat")),
            Run.OkAsync("sh", "-c", "cp \"$1\" /dev/stdout | sha256sum", "sh", mounted.At("cp")),
            Run.OkAsync("python3", "-c", MapFile, mounted.At("mmap")),
        };
        await tree.WaitForWaitsAsync(3);
        gates.ForEach(gate => gate.SetResult());
        foreach (var output in await Task.WhenAll(running))
        {
            Assert.StartsWith(Sha256(content), output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cp_WholeTree_IsEqualWithItsTimes()
    {
        var tree = SampleTree.WithOneOfEach();
        await using var mounted = await MountedTree.CreateAsync(tree);
        var copy = Directory.CreateTempSubdirectory("mimic-fs-copy-").FullName;
        try
        {
            await Run.OkAsync("cp", "-a", mounted.At("."), copy);
            await Run.OkAsync("diff", "-r", "--no-dereference", mounted.Mount.MountPoint, copy);
            Assert.Equal("1600000000", (await Run.OkAsync("stat", "-c", "%Y", Path.Combine(copy, "hello.txt"))).Trim());
        }
        finally
        {
            await Run.OkAsync("chmod", "-R", "u+w", copy);
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task ReadLink_ThroughALink_ReadsItsTarget()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        Assert.Equal("folder/inner.txt", (await Run.OkAsync("readlink", mounted.At("link"))).Trim());
        Assert.Equal("inside", await Run.OkAsync("cat", mounted.At("link")));
    }

    [Fact]
    public async Task Find_ThousandsOfNames_ListsEachOnceWithItsType()
    {
        var tree = new SampleTree();
        var expected = new List<string>();
        foreach (var folder in new[] { "a", "b" })
        {
            var directory = tree.AddDirectory(tree.Root, folder);
            for (var i = 0; i < 6500; i++)
            {
                // Of unknown size for ever: names and types must not need it.
                tree.AddFile(directory, $"s{i:D8}", []).HoldSize();
                expected.Add($"f ./{folder}/s{i:D8}");
            }
        }

        await using var mounted = await MountedTree.CreateAsync(tree);
        var found = await Run.OkAsync("sh", "-c", "cd \"$1\" && find . -type f -printf '%y %p\\n' | sort", "sh", mounted.Mount.MountPoint);
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, mounted.Mount.Counters.Parked);
    }

    [Fact]
    public async Task Stat_FileAndDirectory_ShowWhatTheTreeSays()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        Assert.Equal("444 6 1 131072 1 1600000000 1600000000 1600000000 1004", (await Run.OkAsync("stat", "-c", "%a %s %b %o %h %X %Y %Z %i", mounted.At("hello.txt"))).Trim());
        Assert.Equal("555 4096 2", (await Run.OkAsync("stat", "-c", "%a %o %h", mounted.At("folder"))).Trim());
        Assert.Equal("6 255 4096", (await Run.OkAsync("stat", "-f", "-c", "%c %l %S", mounted.Mount.MountPoint)).Trim());
    }

    [Fact]
    public async Task Lookup_MissingName_IsAskedOnce()
    {
        var tree = SampleTree.WithOneOfEach();
        await using var mounted = await MountedTree.CreateAsync(tree);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(1, (await Run.Async("cat", mounted.At("missing"))).ExitCode);
        }

        Assert.Equal(1, tree.Root.Lookups);
    }

    [Theory]
    [InlineData(Errno.InputOutput, "Input/output error")]
    [InlineData(Errno.AccessDenied, "Permission denied")]
    public async Task Read_TreeFails_TheProgramSeesIt(Errno error, string text)
    {
        var tree = SampleTree.WithOneOfEach();
        tree.Root.Children.First(file => file.Kind == NodeKind.File).ReadError = error;
        await using var mounted = await MountedTree.CreateAsync(tree);
        var (exitCode, output, errors) = await Run.Async("cat", mounted.At("hello.txt"));
        Assert.Equal((1, string.Empty), (exitCode, output));
        Assert.Contains(text, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo x > \"$1/hello.txt\"")]
    [InlineData("echo x > \"$1/new\"")]
    [InlineData("mkdir \"$1/new\"")]
    [InlineData("rm \"$1/hello.txt\"")]
    [InlineData("rmdir \"$1/folder\"")]
    [InlineData("mv \"$1/hello.txt\" \"$1/other\"")]
    [InlineData("ln -s x \"$1/new\"")]
    [InlineData("ln \"$1/hello.txt\" \"$1/new\"")]
    [InlineData("chmod 600 \"$1/hello.txt\"")]
    [InlineData("touch \"$1/hello.txt\"")]
    [InlineData("truncate -s 1 \"$1/hello.txt\"")]
    public async Task Write_OfAnyKind_IsReadOnly(string script)
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach());
        var (exitCode, _, errors) = await Run.Async("sh", "-c", script, "sh", mounted.Mount.MountPoint);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Read-only file system", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ManyReadersBeforeNoOpenSticks_AllRead()
    {
        var tree = new SampleTree();
        for (var i = 0; i < 64; i++)
        {
            tree.AddFile(tree.Root, "f" + i, Encoding.ASCII.GetBytes($"{i}\n"));
        }

        await using var mounted = await MountedTree.CreateAsync(tree);
        var outputs = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Run.OkAsync("cat", mounted.At("f" + i))));
        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"{i}\n"), outputs);
    }

    [Fact]
    public async Task ReadAhead_AsRoot_IsThatOfTheOptions()
    {
        await using var mounted = await MountedTree.CreateAsync(SampleTree.WithOneOfEach(), new FuseMountOptions { ReadAheadKiB = 2048 });
        var device = MountTable.Find(mounted.Mount.MountPoint)!.Device;
        Assert.Equal("2048", (await File.ReadAllTextAsync($"/sys/class/bdi/{device}/read_ahead_kb", TestContext.Current.CancellationToken)).Trim());
    }
}
