using System.Text.Json;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class PrefetchVerbTests
{
    private static readonly Job Queued = new() { Id = "j1", State = JobState.Queued };
    private static readonly Job Done = new() { Id = "j1", State = JobState.Done, FilesDone = 3, FilesTotal = 3, BytesDone = 3 << 20 };

    [Fact]
    public async Task Prefetch_NoTerminal_WritesPlainLinesToStandardError()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Queued } };
        for (var done = 0; done < 50; done++)
        {
            gateway.Jobs.Add(new Job { Id = "j1", State = JobState.Running, FilesDone = done, FilesTotal = 50 });
        }

        gateway.Jobs.Add(Done);
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all");

        Assert.Equal((ExitCode.Done, "prefetched 3 files, 3.0 MiB\n"), (exitCode, run.Out));
        var lines = run.Error.TrimEnd().Split('\n');
        Assert.StartsWith("prefetch queued: 0 of 0 files", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("prefetch done: 3 of 3 files, 3.0 MiB", lines[^1], StringComparison.Ordinal);
        Assert.True(lines.Length < gateway.Jobs.Count, "one line for each report");
        Assert.DoesNotContain('\u001b', run.Error);
        Assert.DoesNotContain('\r', run.Error);
    }

    [Fact]
    public async Task Prefetch_EveryOption_IsSent()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Done } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        await run.RunAsync(
            "prefetch", "/files/p10/", "files/**/*.jpg", "--metadata", "--all", "--concurrency", "7", "--detach", "--dataset", "mimic-cxr/2.1.0");

        var expected = new PrefetchRequest
        {
            Dataset = "mimic-cxr/2.1.0",
            Patterns = { "files/p10", "files/**/*.jpg" },
            Metadata = true,
            All = true,
            Concurrency = 7,
            Detach = true,
        };
        Assert.Equal(expected, gateway.LastRequest);
    }

    [Fact]
    public async Task PrefetchJson_Job_WritesOneObjectALineAndNothingElse()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { Queued, Done } }, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all", "--json");

        Assert.Equal((ExitCode.Done, ""), (exitCode, run.Error));
        var states = run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("state").GetString());
        Assert.Equal(["queued", "done"], states);
    }

    [Fact]
    public async Task PrefetchDetach_Job_ReturnsWithItsId()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { Queued } }, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all", "--detach");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("j1", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_FilesFailed_NamesThemAndEndsWith1()
    {
        using var run = new CliRun();
        var failed = new Job
        {
            Id = "j1",
            State = JobState.Done,
            FilesDone = 1,
            FilesTotal = 4,
            FilesFailed = 3,
            Failures = { new JobFailure { Path = "a.jpg", Message = "damaged at the origin" } },
        };
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { failed } }, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all");

        Assert.Equal((ExitCode.Failed, ""), (exitCode, run.Out));
        Assert.EndsWith(
            "mimic-cxr: a.jpg: damaged at the origin\nmimic-cxr: and 2 more\nmimic-cxr: prefetch done: 1 of 4 files, 3 failed\n",
            run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_NoAnswer_Fails()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prefetch", "--all"));
    }
}
