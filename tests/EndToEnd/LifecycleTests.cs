using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Mounts come and go with their daemon.</summary>
public sealed class LifecycleTests : EndToEndTest
{
    [Fact]
    public async Task Stop_WithAMount_UnmountsAndEndsWithZero()
    {
        var (_, daemon, mountpoint) = await StartMountedAsync();

        Assert.Equal(0, await daemon.StopAsync());

        Assert.Empty(Workspace.MountsBelow(mountpoint));
        Assert.Empty(Directory.EnumerateFileSystemEntries(mountpoint));
    }

    [Fact]
    public async Task Mount_OnTheStaleMountOfAKilledDaemon_ReplacesIt()
    {
        var (origin, daemon, mountpoint) = await StartMountedAsync();
        await daemon.KillAsync();
        Assert.Equal([mountpoint], Workspace.MountsBelow(mountpoint));

        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);

        Assert.Equal([mountpoint], Workspace.MountsBelow(mountpoint));
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers: 2);
    }

    [Fact]
    public async Task Unmount_ByTheCommand_LeavesAnEmptyFolderAndARunningDaemon()
    {
        var (_, daemon, mountpoint) = await StartMountedAsync();
        Assert.Equal([mountpoint], (await daemon.StatusAsync()).Mountpoints);

        (await daemon.CliAsync("unmount", mountpoint)).Succeeded();

        Assert.Empty(Workspace.MountsBelow(mountpoint));
        Assert.Empty((await daemon.StatusAsync()).Mountpoints);
    }

    [Fact]
    public async Task Mount_WithoutADaemon_StartsOneThatStopEnds()
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 20_000);
        var state = Workspace.Folder("state");
        var mountpoint = Workspace.Folder("mnt");
        var environment = new Dictionary<string, string>(origin.Account) { ["HOME"] = Workspace.Folder("home") };

        (await Command.RunAsync(Build.Cli, ["--state-dir", state, "mount", mountpoint, "--origin", origin.Url.ToString()], environment: environment)).Succeeded();
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers: 2);
        (await Command.RunAsync(Build.Cli, ["--state-dir", state, "daemon", "stop"], environment: environment)).Succeeded();

        Assert.Empty(Workspace.MountsBelow(mountpoint));
        Assert.Empty(Workspace.ProcessesNaming(state));
    }

    [Fact]
    public async Task Write_AnywhereInTheMount_ReadOnlyFileSystem()
    {
        var (origin, _, mountpoint) = await StartMountedAsync();
        var image = Path.Combine(mountpoint, origin.Images[0]);

        foreach (var script in new[] { $"> {mountpoint}/new", $"mkdir {mountpoint}/new", $"rm {image}", $"truncate -s 0 {image}", $"mv {image} {image}.moved", $"touch {image}" })
        {
            var outcome = await Command.RunAsync("bash", ["-c", script]);
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.Contains("Read-only file system", outcome.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Log_AtTheMostVerboseLevelAfterReads_IsWrittenAndNamesNothing()
    {
        var (origin, daemon, mountpoint) = await StartMountedAsync();
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers: 2);
        _ = await Command.RunAsync("cat", [Path.Combine(mountpoint, "files/p10/p10000000/s50000000.txt")]);
        Assert.NotEqual(0, (await daemon.CliAsync("cat", "files/p10/p10000000/s50000000.txt")).ExitCode);
        await daemon.StopAsync();

        var lines = daemon.LogFiles.SelectMany(File.ReadLines).ToList();
        Assert.NotEmpty(lines);
        Assert.Empty(Identifiers.FindIn(lines));
    }

    private async Task<(OriginServer Origin, DaemonProcess Daemon, string Mountpoint)> StartMountedAsync()
    {
        var origin = await StartOriginAsync(images: 12, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        return (origin, daemon, mountpoint);
    }
}
