using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

public sealed class KernelCacheTests
{
    [Fact]
    public async Task ForgetPages_CachedFile_IsReadFromTheTreeAgain()
    {
        var tree = SampleTree.WithOneOfEach();
        var file = tree.Root.Children.First(node => node.Kind == NodeKind.File);
        await using var mounted = await MountedTree.CreateAsync(tree);
        Assert.Same(mounted.Mount, tree.Kernel);
        Assert.Equal("hello\n", await Run.OkAsync("cat", mounted.At("hello.txt")));

        file.Content = "other\n"u8.ToArray();
        Assert.Equal("hello\n", await Run.OkAsync("cat", mounted.At("hello.txt")));

        tree.Kernel!.ForgetPages(file.Id);
        await mounted.Mount.FlushNotificationsAsync();
        Assert.Equal("other\n", await Run.OkAsync("cat", mounted.At("hello.txt")));
    }

    [Fact]
    public async Task ForgetName_MissingNameThatNowExists_IsFound()
    {
        var tree = SampleTree.WithOneOfEach();
        await using var mounted = await MountedTree.CreateAsync(tree);
        Assert.Equal(1, (await Run.Async("cat", mounted.At("new"))).ExitCode);
        await Run.OkAsync("ls", mounted.Mount.MountPoint);
        tree.AddFile(tree.Root, "new", "new"u8.ToArray());

        tree.Kernel!.ForgetName(tree.Root.Id, "new"u8);
        await mounted.Mount.FlushNotificationsAsync();
        Assert.Equal("new", await Run.OkAsync("cat", mounted.At("new")));
        Assert.Contains("new\n", await Run.OkAsync("ls", mounted.Mount.MountPoint), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForgetPages_OfAListedDirectory_ShowsANameThatNobodyLookedUp()
    {
        var tree = SampleTree.WithOneOfEach();
        await using var mounted = await MountedTree.CreateAsync(tree);
        await Run.OkAsync("ls", mounted.Mount.MountPoint);
        await Run.OkAsync("ls", mounted.Mount.MountPoint);
        tree.AddFile(tree.Root, "new", "new"u8.ToArray());

        tree.Kernel!.ForgetName(tree.Root.Id, "new"u8);
        tree.Kernel!.ForgetPages(tree.Root.Id);
        await mounted.Mount.FlushNotificationsAsync();

        Assert.Contains("new\n", await Run.OkAsync("ls", mounted.Mount.MountPoint), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForgetPages_OfANodeWithAWaitingReader_HoldsUpNobody()
    {
        // The kernel waits with this notification for the page that the reader waits for.
        var tree = SampleTree.WithOneOfEach();
        var file = tree.AddFile(tree.Root, "slow", "slow"u8.ToArray());
        var gate = file.HoldBytes();
        await using var mounted = await MountedTree.CreateAsync(tree);
        var reading = Run.OkAsync("cat", mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);
        tree.Kernel!.ForgetPages(file.Id);
        Assert.Equal("hello\n", await Run.OkAsync("cat", mounted.At("hello.txt")));
        gate.SetResult();
        Assert.Equal("slow", await reading);
        await mounted.Mount.FlushNotificationsAsync();
    }
}
