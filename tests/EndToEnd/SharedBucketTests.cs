using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>
/// Several machines with one bucket, which is all they share: each has its own state directory, mount and network, and
/// from none can another be reached.
/// </summary>
public sealed class SharedBucketTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "shared";
    private const int Readers = 8;

    [Fact]
    public async Task Read_ThreeMachinesAllFilesAtOnceInRandomOrders_AskTheOriginOnceAFile()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 1000, imageBytes: 30_000);
        var machines = await StartMachinesAsync(origin, bucket);

        await Task.WhenAll(machines.Select((machine, number) => ReadAllAsync(machine, origin, seed: number)));

        var fetches = origin.Fetches.Values.Sum();
        TestContext.Current.TestOutputHelper?.WriteLine($"{fetches} GETs of {origin.Sha256.Count} files");
        Assert.InRange(fetches, origin.Images.Count, 1050);
        await Task.WhenAll(machines.Select(machine => machine.Daemon.StopAsync()));
        var keys = await bucket.ListAsync();
        Assert.Equal(origin.Images, keys.Select(key => key[$"{Prefix}/mimic-cxr-jpg/2.1.0/".Length..]).Where(key => key.EndsWith(".jpg", StringComparison.Ordinal)));
        Assert.DoesNotContain(keys, key => key.Contains("/.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prefetch_ThreeMachinesToldTheSameAtOnce_AskTheOriginOnceAFile()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 300, imageBytes: 30_000);
        var machines = await StartMachinesAsync(origin, bucket);

        var jobs = await Task.WhenAll(machines.Select(machine => machine.Daemon.CliAsync("prefetch", "--all")));

        Assert.All(jobs, job => job.Succeeded());
        var fetches = origin.Fetches.Values.Sum();
        TestContext.Current.TestOutputHelper?.WriteLine($"{fetches} GETs of {origin.Sha256.Count} files");
        Assert.InRange(fetches, origin.Sha256.Count, origin.Sha256.Count * 105 / 100);
        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, Prefix, "mimic-cxr-jpg/2.1.0"), origin.Sha256, readers: 2);
    }

    [Fact]
    public async Task Kill_OneOfThreeInTheMiddle_TheOthersReadEverythingRight()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 300, imageBytes: 30_000);
        // Slow enough that some files are under way at every moment.
        origin.LimitRate(100_000);
        var machines = await StartMachinesAsync(origin, bucket);
        var survivors = machines[1..].Select((machine, number) => ReadAllAsync(machine, origin, seed: number)).ToList();
        var killed = machines[0].Daemon.CliAsync("prefetch", "--all");

        await origin.WaitForFetchesAsync(100);
        await machines[0].Daemon.KillAsync();

        await Task.WhenAll(survivors);
        Assert.NotEqual(0, (await killed).ExitCode);
        // What was under way at the kill is fetched once more.
        var fetches = origin.Fetches.Values.Sum();
        TestContext.Current.TestOutputHelper?.WriteLine($"{fetches} GETs of {origin.Sha256.Count} files");
        Assert.InRange(fetches, origin.Images.Count, origin.Sha256.Count + 64);
    }

    private async Task<List<Machine>> StartMachinesAsync(OriginServer origin, S3Bucket bucket)
    {
        var machines = new List<Machine>();
        foreach (var name in new[] { "one", "two", "three" })
        {
            var daemon = await StartMachineAsync(origin, bucket, Prefix, name, "--shared");
            machines.Add(new Machine(daemon, Workspace.Folder($"mnt-{name}")));
            await daemon.MountAsync(machines[^1].Mountpoint);
        }

        return machines;
    }

    private static async Task ReadAllAsync(Machine machine, OriginServer origin, int seed)
    {
        var paths = origin.Images.ToArray();
        new Random(seed).Shuffle(paths);
        var (hashes, outcome) = await Reading.HashAsync(machine.Mountpoint, paths, Readers);
        outcome.Succeeded();
        Assert.Equal(origin.Images.Select(path => (path, origin.Sha256[path])), origin.Images.Select(path => (path, hashes[path])));
    }

    private sealed record Machine(DaemonProcess Daemon, string Mountpoint);
}
