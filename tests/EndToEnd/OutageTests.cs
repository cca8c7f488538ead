using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>The origin is out of reach.</summary>
public sealed class OutageTests : EndToEndTest
{
    [Fact]
    public async Task Origin_GoneWithAWarmCache_CachedFilesReadAndOthersFailAlsoAfterRestart()
    {
        var origin = await StartOriginAsync(images: 80, imageBytes: 50_000);
        var daemon = await StartDaemonAsync(origin, ["--io-timeout", "3s"]);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var cached = origin.Images.Take(20).ToDictionary(path => path, path => origin.Sha256[path]);
        await Reading.AssertEqualAsync(mountpoint, cached, readers: 4);
        await origin.StopAsync();

        await AssertReadsAsync(origin, mountpoint, cached);
        Assert.Equal(0, await daemon.StopAsync());
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        await AssertReadsAsync(origin, mountpoint, cached);
    }

    private static async Task AssertReadsAsync(OriginServer origin, string mountpoint, Dictionary<string, string> cached)
    {
        await Reading.AssertEqualAsync(mountpoint, cached, readers: 4);
        // Far enough behind the cached ones not to have been fetched ahead.
        var absent = await Command.RunAsync("cat", [Path.Combine(mountpoint, origin.Images[75])]);
        Assert.Equal(1, absent.ExitCode);
        Assert.Equal("", absent.Output);
    }
}
