using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class DemoVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcli-").FullName;

    [Fact]
    public async Task Demo_DaemonDoesNotStart_SaysWhyAndLeavesNothing()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "needs /dev/fuse");
        using var run = new CliRun();
        var daemon = new ScriptedDaemon(_folder, "echo 'mimic-cxrd: no disk' >&2; exit 5");
        run.Set("MIMIC_CXR_DAEMON", daemon.Path);
        var mountPoint = Path.Combine(_folder, "mnt");

        var exitCode = await run.RunAsync("demo", mountPoint, "--exit");

        Assert.Equal((ExitCode.Failed, "mimic-cxr: no disk\n"), (exitCode, run.Error));
        Assert.False(Directory.Exists(mountPoint));
        Assert.Empty(Directory.EnumerateFileSystemEntries(run.State));
        Assert.Contains("PHYSIONET_USERNAME=demo", daemon.Read("environment"));
    }

    [Fact]
    public async Task Demo_MountPointNotEmpty_TouchesNothing()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "needs /dev/fuse");
        using var run = new CliRun();
        File.WriteAllText(Path.Combine(_folder, "mine"), "");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("demo", _folder, "--exit"));
        Assert.Contains("is not empty", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(run.State));
        Assert.True(File.Exists(Path.Combine(_folder, "mine")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
