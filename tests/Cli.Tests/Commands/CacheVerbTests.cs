using System.Text.Json;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class CacheVerbTests
{
    private static readonly MeasureResponse Size = new()
    {
        Dataset = "mimic-cxr-jpg/2.1.0",
        Files = 1000,
        Bytes = 100L << 30,
        FilesOfUnknownSize = 900,
        EstimatedBytes = 900L << 30,
        StoredFiles = 100,
        StoredBytes = 100L << 30,
        StoreUrl = "s3://bucket/mimic",
    };

    [Fact]
    public async Task Evict_NoPath_EvictsTheSpoolAndSaysWhatStayed()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway();
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("cache", "evict");

        Assert.Equal((ExitCode.Done, "evicted 3 files, 3.0 MiB; 1 stayed (being read, or not stored yet)\n"), (exitCode, run.Out));
        Assert.Equal(new EvictRequest(), gateway.LastRequest);
    }

    [Fact]
    public async Task EvictStore_NoPath_IsRefused()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("cache", "evict", "--store", "--yes"));
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("", false)]
    [InlineData("n", false)]
    public async Task EvictStore_Asked_RemovesOnlyAfterYes(string answer, bool removes)
    {
        using var run = new CliRun { Input = answer };
        var gateway = new FakeGateway { Size = Size };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("cache", "evict", "files/p10", "--store");

        Assert.Equal(removes ? ExitCode.Done : ExitCode.Failed, exitCode);
        Assert.Contains("Remove 100 objects, 100.0 GiB, from s3://bucket/mimic?", run.Error, StringComparison.Ordinal);
        Assert.Equal(removes, gateway.LastRequest is EvictRequest { Store: true });
    }

    [Fact]
    public async Task EvictStoreYesJson_Path_RemovesWithoutAsking()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        var exitCode = await run.RunAsync("cache", "evict", "files/p10", "--store", "--yes", "--json");

        Assert.Equal((ExitCode.Done, ""), (exitCode, run.Error));
        Assert.Equal(2, JsonDocument.Parse(run.Out).RootElement.GetProperty("objects_removed").GetInt32());
    }

    [Fact]
    public async Task RebuildIndex_OneDataSet_SaysWhatTheStoreHas()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway(), run.State);

        var exitCode = await run.RunAsync("cache", "rebuild-index");

        Assert.Equal((ExitCode.Done, "mimic-cxr-jpg/2.1.0: the store has 300 files; 20 were not known, 1 are gone\n"), (exitCode, run.Out));
    }

    [Fact]
    public async Task Cost_SomeSizesUnknown_SaysSoAndPricesBothParts()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Size = Size }, run.State);

        var exitCode = await run.RunAsync("cost");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("cached: 100 objects, 100.0 GiB", run.Out, StringComparison.Ordinal);
        Assert.Contains("about 1000.0 GiB (900 files of unknown size, estimated", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"AWS S3 Standard\s+2\.30\s+23\.00", run.Out);
        Assert.Matches(@"Glacier Instant\s+0\.40\s+4\.00\s+\?\s+\?", run.Out);
        Assert.Contains("List prices as of 20", run.Out, StringComparison.Ordinal);
        Assert.Contains("No source was found for what is shown as '?'", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CostJson_SomeSizesUnknown_OneObjectWithEveryClass()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Size = Size }, run.State);

        await run.RunAsync("cost", "--json");

        var cost = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(6, cost.GetProperty("classes").GetArrayLength());
        Assert.All(cost.GetProperty("classes").EnumerateArray(), by => Assert.StartsWith("https://", by.GetProperty("source").GetString(), StringComparison.Ordinal));
        Assert.Equal(900, cost.GetProperty("files_of_unknown_size").GetInt64());
        Assert.Equal(1000L << 30, cost.GetProperty("whole").GetProperty("bytes").GetInt64());
    }
}
