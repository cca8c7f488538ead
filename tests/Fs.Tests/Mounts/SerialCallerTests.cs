using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>One program that asks one thing after the other, and what comes beside and after it.</summary>
public sealed class SerialCallerTests
{
    private const int Folders = 2000;

    private static SampleTree ManyFolders()
    {
        var tree = new SampleTree();
        for (var i = 0; i < Folders; i++)
        {
            tree.AddFile(tree.AddDirectory(tree.Root, "d" + i), "f", "bytes"u8.ToArray());
        }

        return tree;
    }

    [Fact]
    public async Task Find_ManyFolders_IsFollowedAndListsAll()
    {
        await using var mounted = await MountedTree.CreateAsync(ManyFolders());
        Assert.Equal(Folders, (await Run.OkAsync("find", mounted.Mount.MountPoint, "-type", "f")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.NotEqual(0, mounted.Mount.Counters.SerialPhases);

        // The device threads serve again, and an end of the session ends all threads.
        Assert.Equal((5 * Folders).ToString(), (await Run.OkAsync("sh", "-c", "cat \"$1\"/*/f | wc -c", "sh", mounted.Mount.MountPoint)).Trim());
    }

    [Fact]
    public async Task Find_FollowingIsOff_IsNotFollowed()
    {
        await using var mounted = await MountedTree.CreateAsync(ManyFolders(), new FuseMountOptions { FollowsSerialCallers = false });
        Assert.Equal(Folders, (await Run.OkAsync("find", mounted.Mount.MountPoint, "-type", "f")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(0, mounted.Mount.Counters.SerialPhases);
    }

    [Fact]
    public async Task Readers_BesideAFind_ReadAll()
    {
        await using var mounted = await MountedTree.CreateAsync(ManyFolders());
        var find = Run.OkAsync("find", mounted.Mount.MountPoint, "-type", "f");
        var readers = Enumerable.Range(0, 4).Select(i => Run.OkAsync("sh", "-c", "cat \"$1\"/d$2*/f | wc -c", "sh", mounted.Mount.MountPoint, (i + 1).ToString())).ToArray();
        await find;
        Assert.All(await Task.WhenAll(readers), output => Assert.NotEqual("0", output.Trim()));
    }
}
