using System.Text.Json;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class StatusVerbTests
{
    private static readonly Status Full = new()
    {
        Version = "0.1.0",
        Datasets = { new DataSetStatus { Name = "mimic-cxr-jpg/2.1.0", Files = 377_120, Directories = 293_214, CatalogueLoadedMs = 64 } },
        Mounts = { new MountInfo { Mountpoint = "/mnt/[mimic]", Dataset = "mimic-cxr-jpg/2.1.0", ReadMode = "page-cache", Notes = { "Reports are not shown: [why]." } } },
        Spool = new SpoolStatus { Bytes = 1 << 30, LimitBytes = 1L << 32, Blobs = 700, Pinned = 3, Evictions = 12 },
        Store = new StoreStatus { Url = "s3://bucket/mimic", Objects = 800, Bytes = 5_000_000_000, PendingUploads = 2, UploadErrors = 1, Copied = 3, NotTaking = "since noon: [stands still]" },
        Origin = new OriginStatus { Url = "https://physionet.org", Requests = 830, Bytes = 6_000_000_000, Errors = 4, Logins = 1, Concurrency = 8, ConcurrencyLimit = 16, PausedS = 2.5 },
        Reads = new ReadsStatus
        {
            Count = 9_000,
            Bytes = 7_000_000_000,
            SpoolHits = 600,
            StoreHits = 20,
            OriginFetches = 800,
            VerifyFailures = 5,
            OriginDisagreements = 6,
        },
        Jobs = { new Job { Id = "j1", State = JobState.Running, FilesDone = 10, FilesTotal = 300, BytesDone = 600_000 } },
        MemoryBytes = 64_000_000,
        UptimeS = 3_700,
        Pid = 4_242,
    };

    [Fact]
    public async Task StatusJson_FullStatus_HasTheNamesOfTheInterface()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Status = Full }, run.State);

        var exitCode = await run.RunAsync("status", "--json");

        Assert.Equal((ExitCode.Done, ""), (exitCode, run.Error));
        var expected = JsonDocument.Parse(
            """
            {
              "version": "0.1.0", "pid": 4242,
              "datasets": [{"name": "mimic-cxr-jpg/2.1.0", "files": 377120, "directories": 293214, "catalogue_loaded_ms": 64}],
              "mounts": [{"mountpoint": "/mnt/[mimic]", "dataset": "mimic-cxr-jpg/2.1.0", "read_mode": "page-cache", "read_mode_reason": "",
                          "notes": ["Reports are not shown: [why]."]}],
              "spool": {"bytes": 1073741824, "limit_bytes": 4294967296, "blobs": 700, "pinned": 3, "evictions": 12},
              "store": {"url": "s3://bucket/mimic", "objects": 800, "bytes": 5000000000, "pending_uploads": 2, "upload_errors": 1,
                        "concurrency": 0, "concurrency_limit": 0, "paused_s": 0, "publicly_readable": false, "copied": 3, "not_taking": "since noon: [stands still]"},
              "origin": {"url": "https://physionet.org", "requests": 830, "bytes": 6000000000, "errors": 4, "logins": 1,
                         "concurrency": 8, "concurrency_limit": 16, "paused_s": 2.5},
              "reads": {"count": 9000, "bytes": 7000000000, "spool_hits": 600, "store_hits": 20, "origin_fetches": 800,
                        "verify_failures": 5, "origin_disagreements": 6},
              "jobs": [{"id": "j1", "state": "running", "dataset": "", "description": "", "created_unix_s": 0, "ended_unix_s": null,
                        "files_done": 10, "files_total": 300, "bytes_done": 600000, "files_failed": 0, "failures_by_kind": {},
                        "files_per_second": 0, "bytes_per_second": 0, "seconds_left": null, "waiting": null, "cause": null, "failures": []}],
              "memory_bytes": 64000000, "gc_longest_pause_us": 0, "uptime_s": 3700
            }
            """);
        Assert.Single(run.Out.TrimEnd().Split('\n'));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, JsonDocument.Parse(run.Out).RootElement), run.Out);
    }

    [Fact]
    public async Task StatusJson_DaemonThatLeavesPartsOut_StillHasEveryName()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        await run.RunAsync("status", "--json");

        var spool = JsonDocument.Parse(run.Out).RootElement.GetProperty("spool");
        Assert.Equal(0, spool.GetProperty("limit_bytes").GetInt64());
    }

    [Fact]
    public async Task Status_NoTerminal_IsPlainText()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Status = Full }, run.State);

        var exitCode = await run.RunAsync("status");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.DoesNotContain('\u001b', run.Out);
        Assert.Contains("/mnt/[mimic]", run.Out, StringComparison.Ordinal);
        Assert.Contains("Reports are not shown: [why].", run.Out, StringComparison.Ordinal);
        Assert.Contains("377,120", run.Out, StringComparison.Ordinal);
        Assert.Contains("1.0 GiB of 4.0 GiB", run.Out, StringComparison.Ordinal);
        Assert.Contains("3 copied from the mirror by the service", run.Out, StringComparison.Ordinal);
        Assert.Contains("takes nothing since noon: [stands still]", run.Out, StringComparison.Ordinal);
        Assert.Contains("1 h 1 min", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CacheStatsJson_FullStatus_HasSpoolStoreAndReads()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Status = Full }, run.State);

        await run.RunAsync("cache", "stats", "--json");

        var names = JsonDocument.Parse(run.Out).RootElement.EnumerateObject().Select(property => property.Name);
        Assert.Equal(["spool", "store", "reads"], names);
    }
}
