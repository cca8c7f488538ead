using System.Text.Json;
using Grpc.Core;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;
using Status = Grpc.Core.Status;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class PrefetchVerbTests
{
    private static readonly Job Queued = new() { Id = "1", State = JobState.Queued };
    private static readonly Job Done = new() { Id = "1", State = JobState.Done, FilesDone = 3, FilesTotal = 3, BytesDone = 3 << 20 };

    [Fact]
    public async Task Prefetch_NoTerminal_WritesPlainLinesToStandardError()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Queued } };
        for (var done = 0; done < 50; done++)
        {
            gateway.Jobs.Add(new Job { Id = "1", State = JobState.Running, FilesDone = done, FilesTotal = 50 });
        }

        gateway.Jobs.Add(Done);
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all");

        Assert.Equal((ExitCode.Done, "prefetched 3 files, 3.0 MiB\n"), (exitCode, run.Out));
        var lines = run.Error.TrimEnd().Split('\n');
        Assert.Equal("job 1 queued", lines[0]);
        Assert.StartsWith("job 1 done: 3 of 3 files, 3.0 MiB", lines[^1], StringComparison.Ordinal);
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
            "prefetch", "/files/p10/", "files/**/*.jpg", "--metadata", "--reports", "--all", "--concurrency", "7", "--detach", "--dataset", "mimic-cxr/2.1.0");

        var expected = new PrefetchRequest
        {
            Dataset = "mimic-cxr/2.1.0",
            Patterns = { "/files/p10/", "files/**/*.jpg" },
            Metadata = true,
            Reports = true,
            All = true,
            Concurrency = 7,
        };
        Assert.Equal(expected, Assert.Single(gateway.Created));
    }

    [Theory]
    [InlineData("prefetch -")]
    [InlineData("prefetch --from-file -")]
    public async Task Prefetch_StandardInput_SendsItsPaths(string commandLine)
    {
        using var run = new CliRun { Input = "\uFEFFfiles/a.jpg\r\n\r\n# of yesterday\n  files/b.jpg\n" };
        var gateway = new FakeGateway { Jobs = { Done } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        Assert.Equal(ExitCode.Done, await run.RunAsync(commandLine.Split(' ')));

        Assert.Equal(["files/a.jpg", "files/b.jpg"], gateway.Created.SelectMany(message => message.Patterns));
    }

    [Fact]
    public async Task Prefetch_LongList_GoesInSeveralMessagesBesideThePaths()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Done } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);
        var list = Path.Combine(run.State, "list");
        var paths = Enumerable.Range(0, 12_000).Select(i => $"files/{i:00000}.jpg").ToList();
        await File.WriteAllLinesAsync(list, paths, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Done, await run.RunAsync("prefetch", "LICENSE.txt", "--from-file", list, "--metadata"));

        Assert.Equal(["LICENSE.txt", .. paths], gateway.Created.SelectMany(message => message.Patterns));
        Assert.True(gateway.Created.Count > 1, "all in one message");
        Assert.Equal([true, false], gateway.Created.Take(2).Select(message => message.Metadata));
    }

    [Fact]
    public async Task Prefetch_RefusedInTheMiddleOfTheList_TellsWhy()
    {
        using var run = new CliRun();
        var refusal = new RpcException(new Status(StatusCode.InvalidArgument, "'x/1' is in another data set"));
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Failure = refusal, MessagesBeforeFailure = 1 }, run.State);
        var list = Path.Combine(run.State, "list");
        await File.WriteAllLinesAsync(list, Enumerable.Range(0, 100_000).Select(i => $"files/{i:00000}.jpg"), TestContext.Current.CancellationToken);

        var exitCode = await run.RunAsync("prefetch", "--from-file", list);

        Assert.Equal((ExitCode.Usage, "mimic-cxr: 'x/1' is in another data set\n"), (exitCode, run.Error));
    }

    [Theory]
    [InlineData("prefetch -")]
    [InlineData("prefetch --from-file no/such/list")]
    public async Task Prefetch_ListWithoutPaths_IsWrongUsage(string commandLine)
    {
        using var run = new CliRun { Input = "# nothing\n\n" };
        var gateway = new FakeGateway();
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        Assert.Equal(ExitCode.Usage, await run.RunAsync(commandLine.Split(' ')));
        Assert.Contains("list", run.Error, StringComparison.Ordinal);
        Assert.Empty(gateway.Created);
    }

    [Fact]
    public async Task PrefetchJson_Job_WritesOneObjectALineTheLastWithEveryFailure()
    {
        using var run = new CliRun();
        var failed = new Job { Id = "1", State = JobState.Failed, FilesTotal = 3, FilesFailed = 2, FailuresByKind = { new FailureCount { Kind = FailureKind.Damaged, Count = 2 } } };
        var gateway = new FakeGateway { Jobs = { Queued, failed }, JobFailures = { Failure("a.jpg"), Failure("b.jpg") } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all", "--json");

        Assert.Equal((ExitCode.Failed, ""), (exitCode, run.Error));
        var lines = run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["queued", "failed"], lines.Select(line => line.GetProperty("state").GetString()));
        Assert.Equal(["a.jpg", "b.jpg"], lines[1].GetProperty("failures").EnumerateArray().Select(failure => failure.GetProperty("path").GetString()));
        Assert.Equal(2, lines[1].GetProperty("failures_by_kind").GetProperty("damaged").GetInt64());
    }

    [Fact]
    public async Task PrefetchDetach_Job_ReturnsWithItsId()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { Queued } }, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all", "--detach");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("jobs watch 1", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_FilesFailed_NamesThemAndHowToTryAgain()
    {
        using var run = new CliRun();
        var failed = new Job
        {
            Id = "1",
            State = JobState.Failed,
            FilesDone = 1,
            FilesTotal = 4,
            FilesFailed = 3,
            FailuresByKind = { new FailureCount { Kind = FailureKind.Damaged, Count = 2 }, new FailureCount { Kind = FailureKind.NotFound, Count = 1 } },
            Failures = { Failure("a.jpg") },
        };
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { failed } }, run.State);

        var exitCode = await run.RunAsync("prefetch", "--all");

        Assert.Equal((ExitCode.Failed, ""), (exitCode, run.Out));
        Assert.EndsWith(
            "mimic-cxr: a.jpg: no\nmimic-cxr: and 2 more; all of them: mimic-cxr jobs show 1\n"
            + "mimic-cxr: job 1 failed: 1 of 4 files, 3 failed (2 damaged, 1 not found); go on with the rest by: mimic-cxr jobs retry 1\n",
            run.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FailureKind.NotSignedIn, ExitCode.NotSignedIn)]
    [InlineData(FailureKind.NotPermitted, ExitCode.NoPermission)]
    [InlineData(FailureKind.Store, ExitCode.OutOfReach)]
    [InlineData(FailureKind.Other, ExitCode.Failed)]
    public async Task Prefetch_JobEndedByOneCause_EndsWithItsCode(FailureKind kind, object expected)
    {
        using var run = new CliRun();
        var failed = new Job { Id = "1", State = JobState.Failed, FilesTotal = 4, Cause = new JobFailure { Kind = kind, Message = "no." } };
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { failed } }, run.State);

        Assert.Equal((ExitCode)expected, await run.RunAsync("prefetch", "--all"));
        Assert.Contains("; no; go on", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_Waiting_SaysForWhatAndWhy()
    {
        using var run = new CliRun();
        var waiting = new Job { Id = "1", State = JobState.Running, FilesTotal = 3, Waiting = new JobWaiting { Kind = FailureKind.Origin, Reason = "refused", SinceUnixS = 1 } };
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Jobs = { waiting, Done } }, run.State);

        await run.RunAsync("prefetch", "--all");

        Assert.Matches("job 1 running: .*waiting for the origin since 19.*: refused\n", run.Error);
    }

    [Fact]
    public async Task Prefetch_Interrupted_CancelsTheJobAndSaysHowToGoOn()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Queued }, Watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);
        var command = run.RunAsync("prefetch", "--all");
        await gateway.Watched.Task;

        await run.Interrupt.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await command);
        Assert.True(gateway.Cancelled.Task.IsCompleted);
        Assert.Contains("mimic-cxr jobs retry 1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_DaemonEndsMeanwhile_SaysThatTheJobGoesOn()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Jobs = { Queued }, Watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        var host = await GatewayHost.StartAsync(gateway, run.State);
        var command = run.RunAsync("prefetch", "--all");
        await gateway.Watched.Task;

        await host.DisposeAsync();

        Assert.Equal(ExitCode.Failed, await command);
        Assert.Contains("job 1 goes on when it is started again", run.Error, StringComparison.Ordinal);
    }

    private static JobFailure Failure(string path) => new() { Path = path, Message = "no", Kind = FailureKind.Damaged };
}
