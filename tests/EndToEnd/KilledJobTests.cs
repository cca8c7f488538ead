using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>A job from the origin into a bucket whose daemon is killed again and again.</summary>
public sealed class KilledJobTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "killed";
    private const int Kills = 10;
    private const int Seed = 4;
    private const int Concurrency = 4;

    /// <summary>A job works on twice as many files as it may send requests.</summary>
    private const int InFlight = 2 * Concurrency;

    private const int Images = 300;
    private const int LargeImages = 10;
    private const int PartLength = 8 << 20;
    private const int SpoolLimit = 64 << 20;

    [Fact]
    public async Task Kill_AtTenRandomMoments_EndsWithEveryObjectRightAndFetchesAgainOnlyWhatWasUnderWay()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(Images, imageBytes: 100_000);
        var large = Enumerable.Range(0, LargeImages).Select(number => origin.Images[number * (Images / LargeImages)]).ToList();
        large.ForEach(path => origin.Enlarge(path, (2 * PartLength) + 1_000_000));
        // Slow enough that several files, and parts of large ones, are under way at every moment.
        origin.LimitRate(bytesPerSecond: 6_000_000);
        var daemon = await StartDaemonAsync(
            origin, [.. bucket.StoreOptions(Prefix), "--concurrency", $"{Concurrency}", "--spool-size", $"{SpoolLimit}"], bucket.Credentials);
        (await daemon.CliAsync("prefetch", "--all", "--detach")).Succeeded();

        var moments = Enumerable.Range(1, Images).ToArray();
        new Random(Seed).Shuffle(moments);
        moments = [.. moments.Take(Kills).Order()];
        Print($"seed {Seed}: killed when so many pictures were asked for: {string.Join(", ", moments)}");
        var leftUploads = 0;
        foreach (var moment in moments)
        {
            await origin.WaitForFetchesAsync(moment);
            await daemon.KillAsync();
            Assert.InRange(await daemon.SpoolDiskUsageAsync(), 0, SpoolLimit);
            leftUploads += (await bucket.ListUploadsAsync()).Length;
            await daemon.StartAsync();
        }

        (await daemon.CliAsync("jobs", "watch", "1")).Succeeded();

        var job = Json.Parse(await daemon.CliAsync("jobs", "show", "1", "--json"));
        Assert.Equal("done", job.GetProperty("state").GetString());
        Assert.Equal(origin.Sha256.Count, job.GetProperty("files_done").GetInt64());
        Assert.InRange(await daemon.SpoolDiskUsageAsync(), 0, SpoolLimit);
        var fetches = origin.Fetches;
        var again = fetches.Values.Sum() - origin.Sha256.Count;
        Print($"the kills left {leftUploads} multipart uploads; {again} of {origin.Sha256.Count} files were fetched again");
        Assert.InRange(again, 0, Kills * InFlight);
        Assert.All(fetches.Values, count => Assert.InRange(count, 1, 1 + Kills));
        // However many requests a file comes in (its parts, and pieces of these where a connection is slow and others are idle), none begins
        // twice at the same byte without the whole file having been begun anew.
        Assert.All(origin.FetchesByOffset, part => Assert.InRange(part.Value, 1, fetches[part.Key.Path]));

        // Large files were among those cut off.
        Assert.NotEqual(0, leftUploads);
        Assert.Empty(await bucket.ListUploadsAsync());
        Assert.Equal(origin.Sha256.Count, (await bucket.ListAsync()).Count);
        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, Prefix, "mimic-cxr-jpg/2.1.0"), origin.Sha256, readers: 2);
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
