using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>The bucket alone says what is cached: an index that is gone or damaged is made again from it, without the origin.</summary>
public sealed class LostIndexTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "lost";

    [Fact]
    public async Task Index_DeletedFiveTimes_EverythingCachedIsKnownAgainWithoutTheOrigin()
    {
        var bucket = await ceph.CreateBucketAsync();
        var (origin, daemon, stored) = await FillAsync(bucket);

        for (var round = 1; round <= 5; round++)
        {
            await EndAsync(daemon, kill: round % 2 == 0);
            foreach (var file in Directory.EnumerateFiles(daemon.State, "index.db*"))
            {
                File.Delete(file);
            }

            await AssertKnownAsync(origin, daemon, stored, $"round {round}");
        }
    }

    [Fact]
    public async Task Index_CutAtARandomByteFiveTimes_EverythingCachedIsKnownAgainWithoutTheOrigin()
    {
        var bucket = await ceph.CreateBucketAsync();
        var (origin, daemon, stored) = await FillAsync(bucket);
        var random = new Random(4);

        for (var round = 1; round <= 5; round++)
        {
            await EndAsync(daemon, kill: round % 2 == 0);
            await using (var index = new FileStream(Path.Combine(daemon.State, "index.db"), FileMode.Open))
            {
                index.SetLength(random.NextInt64(index.Length));
            }

            await AssertKnownAsync(origin, daemon, stored, $"round {round}");
        }
    }

    [Fact]
    public async Task Index_Garbage_EverythingCachedIsKnownAgainWithoutTheOrigin()
    {
        var bucket = await ceph.CreateBucketAsync();
        var (origin, daemon, stored) = await FillAsync(bucket);
        await EndAsync(daemon, kill: false);
        var garbage = new byte[100_000];
        new Random(1).NextBytes(garbage);
        await File.WriteAllBytesAsync(Path.Combine(daemon.State, "index.db"), garbage, TestContext.Current.CancellationToken);

        await AssertKnownAsync(origin, daemon, stored, "garbage");
    }

    /// <summary>A daemon whose 40 pictures are in the bucket, and how many objects there are.</summary>
    private async Task<(OriginServer Origin, DaemonProcess Daemon, long Stored)> FillAsync(S3Bucket bucket)
    {
        var origin = await StartOriginAsync(images: 40, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(Prefix), bucket.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, Images(origin), readers: 8);
        var status = await daemon.UploadedAsync();
        return (origin, daemon, status.StoreObjects);
    }

    private static Dictionary<string, string> Images(OriginServer origin) => origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);

    /// <summary>Ends the daemon, whose spool then has nothing either.</summary>
    private static async Task EndAsync(DaemonProcess daemon, bool kill)
    {
        if (kill)
        {
            await daemon.KillAsync();
        }
        else
        {
            Assert.Equal(0, await daemon.StopAsync());
        }

        Directory.Delete(daemon.Spool, recursive: true);
    }

    private async Task AssertKnownAsync(OriginServer origin, DaemonProcess daemon, long stored, string what)
    {
        var before = origin.Requests;
        await daemon.StartAsync();
        var status = await daemon.StatusAsync(now => now.StoreObjects >= stored, TimeSpan.FromSeconds(60));
        Assert.Equal((stored, what), (status.StoreObjects, what));
        await daemon.MountAsync(Workspace.Folder("mnt"));
        await Reading.AssertEqualAsync(Workspace.Folder("mnt"), Images(origin), readers: 8);
        Assert.Equal((before, what), (origin.Requests, what));
        Assert.Equal((0, what), ((await daemon.StatusAsync()).PendingUploads, what));
    }
}
