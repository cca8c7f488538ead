using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>What the daemon says of buckets, and leaves in them.</summary>
public sealed class BucketTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "cache";
    private const string Key = $"{Prefix}/mimic-cxr-jpg/2.1.0/files/left.jpg";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_PublicBucket_IsRefusedUnlessAllowed(bool byPolicy)
    {
        var bucket = await ceph.CreateBucketAsync();
        await (byPolicy ? bucket.AllowEverybodyByPolicyAsync() : bucket.AllowEverybodyByAclAsync());
        var origin = await StartOriginAsync(images: 1, imageBytes: 10_000);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartDaemonAsync(origin, bucket.StoreOptions(Prefix), bucket.Credentials));

        Assert.Contains("It ended with 4.", refused.Message, StringComparison.Ordinal);
        Assert.Contains(byPolicy ? "is public: its policy" : "is public: its access list", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-public-bucket", refused.Message, StringComparison.Ordinal);
        var daemon = await StartDaemonAsync(origin, [.. bucket.StoreOptions(Prefix), "--allow-public-bucket"], bucket.Credentials);
        Assert.True((await daemon.StatusAsync()).Json.GetProperty("store").GetProperty("publicly_readable").GetBoolean());
        Assert.Contains("publicly readable", (await daemon.CliAsync("status")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UploadsLeftOfAKill_AreEndedAndOthersStay()
    {
        var bucket = await ceph.CreateBucketAsync();
        await bucket.BeginUploadAsync(Key);
        await bucket.BeginUploadAsync("of-somebody-else");
        var origin = await StartOriginAsync(images: 1, imageBytes: 10_000);

        await StartDaemonAsync(origin, bucket.StoreOptions(Prefix), bucket.Credentials);

        Assert.Equal(["of-somebody-else"], await bucket.ListUploadsAsync());
    }

    [Fact]
    public async Task Prefetch_LargeFilesThroughASmallSpool_ArriveWholeAndLeaveNoUpload()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 4, imageBytes: 20_000_000);
        var daemon = await StartDaemonAsync(origin, [.. bucket.StoreOptions(Prefix), "--spool-size", "8MiB"], bucket.Credentials);

        (await daemon.CliAsync("prefetch", "files/**")).Succeeded();

        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, Prefix, "mimic-cxr-jpg/2.1.0"), images, readers: 2);
        Assert.Empty(await bucket.ListUploadsAsync());
    }

    [Fact]
    public async Task Read_LargeFilesThroughTheMount_AreStoredInPartsAndLeaveNoUpload()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 2, imageBytes: 20_000_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(Prefix), bucket.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);

        await Reading.AssertEqualAsync(mountpoint, images, readers: 2);
        await daemon.UploadedAsync();

        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, Prefix, "mimic-cxr-jpg/2.1.0"), images, readers: 2);
        foreach (var image in images.Keys)
        {
            Assert.Contains("-3\\\"", await bucket.HeadAsync($"{Prefix}/mimic-cxr-jpg/2.1.0/{image}"), StringComparison.Ordinal); // an ETag of three parts
        }

        Assert.Empty(await bucket.ListUploadsAsync());
    }
    [Fact]
    public async Task Store_WithAKeyOfTheService_EveryObjectIsEncryptedAndReadsRightFromThere()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 3, imageBytes: 50_000);
        origin.Enlarge(origin.Images[1], 20_000_000); // in parts
        var daemon = await StartDaemonAsync(origin, [.. bucket.StoreOptions(Prefix), "--s3-sse", $"aws:kms:{CephCluster.KmsKey}"], bucket.Credentials);
        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);

        (await daemon.CliAsync("prefetch", "--all")).Succeeded();
        await daemon.UploadedAsync();

        foreach (var key in await bucket.ListAsync())
        {
            var head = await bucket.HeadAsync(key);
            Assert.Contains("\"ServerSideEncryption\": \"aws:kms\"", head, StringComparison.Ordinal);
            Assert.Contains($"\"SSEKMSKeyId\": \"{CephCluster.KmsKey}\"", head, StringComparison.Ordinal);
        }

        await origin.StopAsync();
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, images, readers: 2);
    }
}
