using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class UsageTests
{
    [Theory]
    [InlineData("bogus")]
    [InlineData("daemon")]
    [InlineData("mount")]
    [InlineData("mount --alow-other /mnt/mimic")]
    [InlineData("unmount")]
    [InlineData("unmount /mnt/mimic --all")]
    [InlineData("ls --bogus")]
    [InlineData("ls a b")]
    [InlineData("status --jsn")]
    [InlineData("prefetch")]
    [InlineData("prefetch --selection")]
    [InlineData("verify --selection")]
    [InlineData("cost --selection")]
    [InlineData("select")]
    [InlineData("select create")]
    [InlineData("select create some --sample 1.5")]
    [InlineData("select create some --sample 0.1 --limit 5")]
    [InlineData("select create some --limit 0")]
    [InlineData("select export some --format xml")]
    [InlineData("prefetch - --from-file -")]
    [InlineData("prefetch --reprts")]
    [InlineData("jobs show")]
    [InlineData("jobs watch --all")]
    [InlineData("prefetch files --concurrency 0")]
    [InlineData("prefetch files --concurrency many")]
    [InlineData("login --password-stdin")]
    public async Task Run_WrongUsage_SaysSoAndEndsWith2(string commandLine)
    {
        using var run = new CliRun();

        var exitCode = await run.RunAsync(commandLine.Split(' '));

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Empty(run.Out);
        Assert.All(run.Error.TrimEnd().Split('\n'), line => Assert.StartsWith("mimic-cxr: ", line, StringComparison.Ordinal));
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("ls")]
    [InlineData("stat LICENSE.txt")]
    [InlineData("cat LICENSE.txt")]
    [InlineData("prefetch --all")]
    [InlineData("jobs")]
    [InlineData("jobs watch 1")]
    [InlineData("unmount --all")]
    [InlineData("cache stats")]
    public async Task Run_NoDaemon_SaysHowToStartOne(string commandLine)
    {
        using var run = new CliRun();

        var exitCode = await run.RunAsync(commandLine.Split(' '));

        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Equal(
            $"mimic-cxr: no daemon answers at {run.State}/daemon.sock; start one with: mimic-cxr mount MOUNTPOINT, or mimic-cxr daemon start\n",
            run.Error);
    }

    [Fact]
    public async Task DaemonStop_NoDaemon_IsDone()
    {
        using var run = new CliRun();

        var exitCode = await run.RunAsync("daemon", "stop");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("no daemon runs", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SocketPathTooLong_NamesTheOption()
    {
        using var run = new CliRun();

        var exitCode = await run.RunAsync("status", "--state-dir", "/tmp/" + new string('x', 120));

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("--state-dir", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--state-dir", "DIR", "ls")]
    [InlineData("ls", "--state-dir", "DIR")]
    public async Task Run_StateDirBeforeOrAfterTheVerb_IsTheOneUsed(params string[] words)
    {
        using var run = new CliRun();
        using var other = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Entries = { new() { Path = "files", Kind = V1.EntryKind.Directory } } }, other.State);

        var exitCode = await run.RunAsync([.. words.Select(word => word == "DIR" ? other.State : word)]);

        Assert.Equal((ExitCode.Done, "files/\n"), (exitCode, run.Out));
    }
}
