using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>The first thing a newcomer runs.</summary>
public sealed class DemoTests : EndToEndTest
{
    [Fact]
    public async Task Demo_WithExit_ShowsAReadAndLeavesNoMountAndNoProcess()
    {
        var mountpoint = Workspace.Folder("demo");
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = Workspace.Folder("home"),
            ["XDG_STATE_HOME"] = Workspace.Folder("home/state"),
            ["TMPDIR"] = Workspace.Folder("tmp"),
        };

        var demo = (await Command.RunAsync(Build.Cli, ["demo", mountpoint, "--exit"], environment: environment)).Succeeded();

        Assert.Contains(mountpoint, demo.Output + demo.Errors, StringComparison.Ordinal);
        Assert.Empty(Workspace.MountsBelow(Workspace.Root));
        Assert.Empty(Workspace.ProcessesNaming(Workspace.Root));
    }
}
