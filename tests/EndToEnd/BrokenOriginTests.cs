using System.Text.Json;
using MimicCxr.EndToEnd.Fixtures;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.EndToEnd;

/// <summary>An origin where a share of all answers is broken.</summary>
public sealed class BrokenOriginTests : EndToEndTest
{
    private const int Images = 1000;

    [Fact]
    public async Task Prefetch_OneAnswerInFiftyIsBroken_EndsCompleteAndRight()
    {
        var origin = await StartOriginAsync(Images, imageBytes: 20_000);
        var store = Workspace.Folder("store");
        var daemon = await StartDaemonAsync(origin, ["--store", new Uri(store).AbsoluteUri, "--io-timeout", "4s"]);
        // Six kinds, each a third of a percent of all requests.
        foreach (var (fault, seed) in new[]
        {
            new Fault { Kind = FaultKind.Reset }, new Fault { Kind = FaultKind.ShortBody }, new Fault { Kind = FaultKind.VaryingBytes, Times = 1 },
            new Fault { Kind = FaultKind.Status, Status = 503, RetryAfterSeconds = 1 }, new Fault { Kind = FaultKind.Stall }, new Fault { Kind = FaultKind.ExpireSession },
        }.Zip(Enumerable.Range(1, 6)))
        {
            origin.Break(fault with { Share = 0.02 / 6, PerRequest = true, Seed = seed });
        }

        (await daemon.CliAsync("prefetch", "--all")).Succeeded();
        await daemon.UploadedAsync();

        foreach (var (path, sha256) in origin.Sha256)
        {
            Assert.Equal(sha256, OriginServer.Hash(Path.Combine(store, "mimic-cxr-jpg/2.1.0", path)));
        }

        var status = (await daemon.StatusAsync()).Json.GetProperty("origin");
        Assert.InRange(status.GetProperty("errors").GetInt64(), 1, Images / 10);
        Assert.InRange(status.GetProperty("concurrency").GetInt32(), 1, status.GetProperty("concurrency_limit").GetInt32());
    }

    [Fact]
    public async Task Prefetch_SomeFilesAreBrokenAtTheSource_NamesExactlyThemAndHasTheRest()
    {
        var origin = await StartOriginAsync(images: 60, imageBytes: 20_000);
        var store = Workspace.Folder("store");
        var daemon = await StartDaemonAsync(origin, ["--store", new Uri(store).AbsoluteUri]);
        string[] broken = [origin.Images[7], origin.Images[31]];
        Array.ForEach(broken, origin.DamageDifferentlyEachTime);

        var outcome = await daemon.CliAsync("prefetch", "--all", "--json");

        Assert.NotEqual(0, outcome.ExitCode);
        using var last = JsonDocument.Parse(outcome.Output.TrimEnd().Split('\n')[^1]);
        var named = last.RootElement.GetProperty("failures").EnumerateArray().Select(failure => failure.GetProperty("path").GetString());
        Assert.Equal(broken, named.Order(StringComparer.Ordinal));
        await daemon.UploadedAsync();
        foreach (var (path, sha256) in origin.Sha256.Where(file => !broken.Contains(file.Key)))
        {
            Assert.Equal(sha256, OriginServer.Hash(Path.Combine(store, "mimic-cxr-jpg/2.1.0", path)));
        }
    }
}
