using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>What was read stands in the bucket as plain objects, from which alone it can be read again.</summary>
public sealed class S3StoreTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "cache/of-tests";
    private const string DataSet = $"{Prefix}/mimic-cxr-jpg/2.1.0/";

    [Fact]
    public async Task Store_300FilesRead_300EqualObjectsThatReadWithoutSpoolAndOrigin()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 300, imageBytes: 150_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(Prefix), bucket.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);
        Assert.Equal(300, images.Count);
        await Reading.AssertEqualAsync(mountpoint, images, readers: 16);
        var uploaded = await daemon.UploadedAsync();

        var keys = await bucket.ListAsync();
        Assert.Equal(images.Keys.Select(path => DataSet + path).Order(StringComparer.Ordinal), keys.Where(key => key.StartsWith(DataSet + "files/", StringComparison.Ordinal)));
        Assert.Equal(keys.Count, uploaded.StoreObjects);
        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, DataSet), images, readers: 2);

        // Lists and tables that were fetched are cached like everything else, and nothing stands beside them.
        Assert.All(keys, key => Assert.Contains(key, origin.Sha256.Keys.Select(path => DataSet + path)));

        Assert.Equal(0, await daemon.StopAsync());
        Directory.Delete(daemon.Spool, recursive: true);
        await origin.StopAsync();
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, images, readers: 16);
        var fromStore = await daemon.StatusAsync();
        Assert.Equal(300, fromStore.StoreHits);
        Assert.Equal(0, fromStore.OriginFetches);
    }

    [Fact]
    public async Task Store_OutOfReachWhileReading_UploadsArriveAfterRestart()
    {
        var bucket = await ceph.CreateBucketAsync();
        var gate = Guard(bucket.Endpoint);
        var origin = await StartOriginAsync(images: 12, imageBytes: 50_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(Prefix, gate.Url), bucket.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        await daemon.UploadedAsync();
        var before = await bucket.ListAsync();

        gate.Close();
        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);
        await Reading.AssertEqualAsync(mountpoint, images, readers: 4);
        Assert.Equal(images.Count, (await daemon.StatusAsync()).PendingUploads);
        await daemon.KillAsync();
        await daemon.StartAsync();
        Assert.Equal(images.Count, (await daemon.StatusAsync()).PendingUploads);

        gate.Open();
        await daemon.UploadedAsync();
        Assert.Equal([.. before.Concat(images.Keys.Select(path => DataSet + path)).Order(StringComparer.Ordinal)], await bucket.ListAsync());
        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, DataSet), images, readers: 2);
    }
}
