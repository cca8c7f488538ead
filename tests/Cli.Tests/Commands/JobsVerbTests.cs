using System.Text.Json;
using Grpc.Core;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;
using Status = Grpc.Core.Status;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class JobsVerbTests
{
    private static readonly Job Job = new()
    {
        Id = "7",
        State = JobState.Failed,
        Dataset = "mimic-cxr-jpg/2.1.0",
        Description = "files/p10",
        FilesDone = 2,
        FilesTotal = 4,
        FilesFailed = 2,
        Failures = { new JobFailure { Path = "a.jpg", Message = "404" } },
    };

    [Theory]
    [InlineData("jobs")]
    [InlineData("jobs list")]
    public async Task Jobs_List_HasARowAJob(string commandLine)
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { Job } }, run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync(commandLine.Split(' ')));
        Assert.Matches(@"7 .*failed .*2 of 4 .*files/p10", run.Out);
    }

    [Theory]
    [InlineData("jobs --json")]
    [InlineData("jobs list --json")]
    public async Task Jobs_Json_IsAnObjectALine(string commandLine)
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { Job, new Job { Id = "8", State = JobState.Running } } }, run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync(commandLine.Split(' ')));
        var lines = run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(["7 failed", "8 running"], lines.Select(line => $"{line.GetProperty("id")} {line.GetProperty("state")}"));
    }

    [Fact]
    public async Task JobsShow_Failures_NamesEveryOne()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Job }, JobFailures = { Job.Failures[0], new JobFailure { Path = "b.jpg", Message = "damaged" } } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync("jobs", "show", "7"));

        Assert.EndsWith("a.jpg: 404\nb.jpg: damaged\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobsWatch_FailedJob_EndsAsPrefetchWould()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Job } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("jobs", "watch", "7"));

        Assert.Equal(new WatchJobRequest { Id = "7" }, gateway.LastRequest);
        Assert.Contains("mimic-cxr jobs retry 7", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobsCancel_Job_TellsWhereItStands()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync("jobs", "cancel", "7"));
        Assert.Equal("job 7 cancelled: 3 of 8 files, 0 B\n", run.Out);
    }

    [Fact]
    public async Task JobsRetry_Job_TellsHowToWatchIt()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync("jobs", "retry", "7"));
        Assert.Equal(("job 7 queued: 0 of 8 files, 0 B\n", "mimic-cxr: see mimic-cxr jobs watch 7\n"), (run.Out, run.Error));
    }

    [Theory]
    [InlineData("show")]
    [InlineData("watch")]
    [InlineData("cancel")]
    [InlineData("retry")]
    public async Task Jobs_NoSuchJob_SaysSo(string verb)
    {
        using var run = new CliRun();
        var failure = new RpcException(new Status(StatusCode.NotFound, "There is no job '9'."));
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Failure = failure }, run.State);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("jobs", verb, "9"));
        Assert.Equal("mimic-cxr: There is no job '9'.\n", run.Error);
    }
}
