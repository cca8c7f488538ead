using System.Text.Json;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Jobs as a user has them: begun by the command, killed, taken up again, cancelled, retried.</summary>
public sealed class JobTests : EndToEndTest
{
    private const int InFlight = 16;

    [Fact]
    public async Task Kill_InTheMiddleOfADetachedJob_GoesOnByItselfAndFetchesAgainOnlyWhatWasUnderWay()
    {
        var origin = await StartOriginAsync(images: 200, imageBytes: 200_000);
        origin.LimitRate(bytesPerSecond: 2_000_000);
        var daemon = await StartDaemonAsync(origin, ["--concurrency", $"{InFlight / 2}"]);
        (await daemon.CliAsync("prefetch", "--all", "--detach")).Succeeded();
        await origin.WaitForFetchesAsync(80);

        await daemon.KillAsync();
        await daemon.StartAsync();
        var watched = await daemon.CliAsync("jobs", "watch", "1");

        watched.Succeeded();
        Assert.Contains($"prefetched {origin.Sha256.Count} files", watched.Output, StringComparison.Ordinal);
        Assert.Equal("done", (await JobAsync(daemon)).GetProperty("state").GetString());
        Assert.Equal(origin.Sha256.Count, (await daemon.StatusAsync()).StoreObjects);
        Assert.All(origin.Sha256.Keys, path => Assert.InRange(origin.Fetches[path], 1, 2));
        Assert.InRange(origin.Fetches.Values.Sum() - origin.Sha256.Count, 0, InFlight);
    }

    [Fact]
    public async Task Cancel_WhileFilesAreUnderWay_EndsThemAndRetryBringsTheRest()
    {
        var origin = await StartOriginAsync(images: 60, imageBytes: 200_000);
        origin.Stall();
        var daemon = await StartDaemonAsync(origin);
        (await daemon.CliAsync("prefetch", "files", "--detach")).Succeeded();
        await daemon.StatusAsync(status => status.Json.GetProperty("jobs")[0].GetProperty("state").GetString() == "running", TimeSpan.FromSeconds(30));

        (await daemon.CliAsync("jobs", "cancel", "1")).Succeeded();

        Assert.Equal("cancelled", (await JobAsync(daemon)).GetProperty("state").GetString());
        Assert.Equal(1, (await daemon.CliAsync("jobs", "watch", "1")).ExitCode);
        origin.Repair();
        (await daemon.CliAsync("jobs", "retry", "1")).Succeeded();
        (await daemon.CliAsync("jobs", "watch", "1")).Succeeded();
        Assert.Equal(origin.Images.Count, (await JobAsync(daemon)).GetProperty("files_done").GetInt64());
    }

    [Fact]
    public async Task Retry_AfterTheOriginWasPutRight_FetchesJustWhatFailed()
    {
        var origin = await StartOriginAsync(images: 30, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);
        origin.Lose(origin.Images[3]);
        origin.DamageDifferentlyEachTime(origin.Images[7]);

        var failed = await daemon.CliAsync("prefetch", "--all");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("2 failed (1 not found, 1 damaged)", Sorted(failed.Errors), StringComparison.Ordinal);
        Assert.Contains("mimic-cxr jobs retry 1", failed.Errors, StringComparison.Ordinal);
        var shown = (await daemon.CliAsync("jobs", "show", "1")).Succeeded().Output;
        Assert.Contains(origin.Images[3], shown, StringComparison.Ordinal);
        Assert.Contains(origin.Images[7], shown, StringComparison.Ordinal);
        var before = origin.Fetches;
        origin.Repair();

        (await daemon.CliAsync("jobs", "retry", "1")).Succeeded();
        (await daemon.CliAsync("jobs", "watch", "1")).Succeeded();

        Assert.All(origin.Sha256.Keys.Except([origin.Images[3], origin.Images[7]]), path => Assert.Equal(before[path], origin.Fetches[path]));
        Assert.Equal(origin.Sha256.Count, (await daemon.StatusAsync()).StoreObjects);

        static string Sorted(string errors) => errors.Replace("1 damaged, 1 not found", "1 not found, 1 damaged", StringComparison.Ordinal);
    }

    [Fact]
    public async Task StandardInput_PathsOfAMount_ArePrefetched()
    {
        var origin = await StartOriginAsync(images: 30, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var list = $"# ten\r\n{string.Join("\r\n", origin.Images.Take(9))}\r\n\r\n{Path.Combine(mountpoint, origin.Images[9])}";

        var outcome = (await daemon.CliWithInputAsync(list, "prefetch", "-")).Succeeded();

        Assert.StartsWith("prefetched 10 files", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(origin.Images.Take(10), origin.Fetches.Keys.Where(origin.Images.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task StandardInput_APathThatIsNotThere_IsNamedAndNothingIsStarted()
    {
        var origin = await StartOriginAsync(images: 5, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);

        var outcome = await daemon.CliWithInputAsync($"{origin.Images[0]}\nfiles/nothing.jpg\n", "prefetch", "--from-file", "-");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("'files/nothing.jpg'", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty((await daemon.StatusAsync()).Json.GetProperty("jobs").EnumerateArray());
    }

    private static async Task<JsonElement> JobAsync(DaemonProcess daemon) => Json.Parse(await daemon.CliAsync("jobs", "show", "1", "--json"));
}
