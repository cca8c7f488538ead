using System.Globalization;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Daemon;

public sealed class DaemonStartTests : IDisposable
{
    private readonly CliRun _run = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mcli-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DaemonStart_NoneRuns_DetachesOneAndWaitsForItsApi()
    {
        var daemon = Script("echo words; exec sleep 60");
        var start = _run.RunAsync("daemon", "start", "--spool-size", "1GiB", "--shared", "--brand-new=1");
        await using var host = await daemon.ServeAsync(new FakeGateway(), _run.State, Cancelled);

        Assert.Equal((ExitCode.Done, ""), (await start, _run.Error));

        var processId = daemon.Read("pid")[0];
        Assert.Equal($"daemon started (process {processId}, state in {_run.State})\n", _run.Out);
        Assert.Equal(["--state-dir", _run.State, "--shared", "--spool-size", "1GiB", "--brand-new=1"], daemon.Read("arguments"));
        Assert.Equal(processId, daemon.Read("session")[0]);
        Assert.Equal("/dev/null", daemon.Read("descriptors")[0]);
        Assert.StartsWith($"{_run.State}/daemon.out", daemon.Read("descriptors")[1], StringComparison.Ordinal);
        Assert.Equal(["words"], await File.ReadAllLinesAsync($"{_run.State}/daemon.out", Cancelled));
        Kill(processId);
    }

    [Theory]
    [InlineData("echo 'mimic-cxrd: not signed in: run mimic-cxr login' >&2; exit 3", 3, "mimic-cxr: not signed in: run mimic-cxr login\n")]
    [InlineData("echo 'mimic-cxrd: --spool-size is many' >&2; exit 2", 2, "mimic-cxr: --spool-size is many\n")]
    [InlineData("exit 7", 7, "mimic-cxr: the daemon ended with exit code 7 and without a word\n")]
    [InlineData("exit 0", 1, "mimic-cxr: the daemon ended with exit code 0 and without a word\n")]
    public async Task DaemonStart_DaemonEnds_PassesItsWordsAndCodeOn(string behaviour, int expected, string message)
    {
        Script(behaviour);

        var exitCode = await _run.RunAsync("daemon", "start");

        Assert.Equal((expected, message), ((int)exitCode, _run.Error));
        Assert.Empty(Directory.GetFiles(_run.State));
    }

    [Fact]
    public async Task DaemonStart_AnotherWonTheRace_UsesThatOne()
    {
        var daemon = Script("echo 'mimic-cxrd: already running' >&2; exit 1");
        var start = _run.RunAsync("daemon", "start");
        await using var host = await daemon.ServeAsync(new FakeGateway(), _run.State, Cancelled, Environment.ProcessId);

        Assert.Equal((ExitCode.Done, ""), (await start, _run.Error));
        Assert.StartsWith("daemon runs already", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DaemonStart_OneRuns_WarnsThatOptionsComeTooLate()
    {
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), _run.State);

        Assert.Equal(ExitCode.Done, await _run.RunAsync("daemon", "start", "--shared"));
        Assert.StartsWith("mimic-cxr: a daemon runs already", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DaemonStop_OneRuns_EndsItAndWaits()
    {
        var daemon = Script("exec sleep 60");
        var start = _run.RunAsync("daemon", "start");
        var host = await daemon.ServeAsync(new FakeGateway(), _run.State, Cancelled);
        await start;
        using var process = System.Diagnostics.Process.GetProcessById(int.Parse(daemon.Read("pid")[0], CultureInfo.InvariantCulture));
        var stop = _run.RunAsync("daemon", "stop");

        // The API closes after the process has ended: the command must wait for both.
        await process.WaitForExitAsync(Cancelled);
        Assert.False(stop.IsCompleted);
        await host.DisposeAsync();

        Assert.Equal(ExitCode.Done, await stop);
        Assert.EndsWith("daemon stopped\n", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mount_NoneRuns_StartsOneAndMakesTheDirectory()
    {
        var daemon = Script("exec sleep 60");
        var mountPoint = Path.Combine(_folder, "mnt");
        var gateway = new FakeGateway();
        var mount = _run.RunAsync("mount", mountPoint, "--dataset", "mimic-cxr/2.1.0", "--shared");
        await using var host = await daemon.ServeAsync(gateway, _run.State, Cancelled);

        Assert.Equal(ExitCode.Done, await mount);

        Assert.Equal($"mounted mimic-cxr-jpg/2.1.0 at {mountPoint} (page-cache)\n", _run.Out);
        Assert.Equal($"mimic-cxr: made the directory {mountPoint}\n", _run.Error);
        Assert.True(Directory.Exists(mountPoint));
        Assert.Equal(new MountRequest { Mountpoint = mountPoint, Dataset = "mimic-cxr/2.1.0" }, gateway.LastRequest);
        Assert.Equal(["--state-dir", _run.State, "--dataset", "mimic-cxr/2.1.0", "--shared"], daemon.Read("arguments"));
        Kill(daemon.Read("pid")[0]);
    }

    [Fact]
    public async Task Mount_DaemonDoesNotStart_TakesTheDirectoryAwayAgain()
    {
        Script("echo 'mimic-cxrd: no' >&2; exit 5");
        var mountPoint = Path.Combine(_folder, "mnt");

        Assert.Equal(ExitCode.OutOfReach, await _run.RunAsync("mount", mountPoint));
        Assert.False(Directory.Exists(mountPoint));
    }

    [Theory]
    [InlineData("--dataset mimic-cxr/2.1.0", 0, false)]
    [InlineData("--reports inside", 0, false)]
    [InlineData("--spool-size 1GiB", 0, true)]
    [InlineData("--brand-new", 2, true)]
    public async Task Mount_OneRuns_SpeaksUpAboutOptionsThatComeTooLate(string options, int expected, bool speaks)
    {
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), _run.State);

        var exitCode = await _run.RunAsync(["mount", _folder, .. options.Split(' ')]);

        Assert.Equal((expected, speaks), ((int)exitCode, _run.Error.Length > 0));
    }

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static void Kill(string processId) => System.Diagnostics.Process.GetProcessById(int.Parse(processId, CultureInfo.InvariantCulture)).Kill();

    private ScriptedDaemon Script(string behaviour)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the daemon is started by exec");
        var daemon = new ScriptedDaemon(_folder, behaviour);
        _run.Set("MIMIC_CXR_DAEMON", daemon.Path);
        return daemon;
    }
}
