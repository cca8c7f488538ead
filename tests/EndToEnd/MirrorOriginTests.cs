using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>A bucket that has what PhysioNet has as the origin, another as the store, both on Ceph.</summary>
public sealed class MirrorOriginTests(CephCluster ceph) : EndToEndTest
{
    private const string Prefix = "cache/of-tests";
    private const string DataSet = "mimic-cxr-jpg/2.1.0/";

    [Theory]
    [InlineData("some/prefix/" + DataSet, "some/prefix")]
    [InlineData("", "")]
    public async Task Mirror_ReadThroughTheMount_EqualsItColdAndWarmAndFromTheStoreAlone(string at, string origin)
    {
        var data = await StartOriginAsync(images: 30, imageBytes: 150_000);
        var mirror = await ceph.CreateBucketAsync();
        await mirror.UploadFolderAsync(data.Folder, at);
        await data.StopAsync();
        var store = await ceph.CreateBucketAsync();
        var gate = Guard(mirror.Endpoint);
        var daemon = await StartDaemonAsync([.. mirror.OriginOptions(origin, gate.Url), .. store.StoreOptions(Prefix)], store.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        await Reading.AssertEqualAsync(mountpoint, data.Sha256, readers: 8);
        await daemon.UploadedAsync();
        Assert.Equal(data.Sha256.Keys.Select(path => $"{Prefix}/{DataSet}{path}").Order(StringComparer.Ordinal), await store.ListAsync());

        await daemon.StopAsync();
        Directory.Delete(daemon.Spool, recursive: true);
        gate.Close();
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, data.Sha256, readers: 8);
        Assert.Equal(0, (await daemon.StatusAsync()).OriginFetches);
    }

    [Fact]
    public async Task Mirror_LengthsAsked_AreRightBeforeAnythingIsRead()
    {
        var data = await StartOriginAsync(images: 6, imageBytes: 50_000);
        var mirror = await ceph.CreateBucketAsync();
        await mirror.UploadFolderAsync(data.Folder, DataSet);
        var daemon = await StartDaemonAsync(mirror.OriginOptions("", mirror.Endpoint), mirror.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        var told = (await Command.RunAsync("stat", ["-c", "%s", .. data.Images], workingDirectory: mountpoint)).Succeeded().Output;
        Assert.Equal(data.Images.Select(data.SizeOf), told.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse));
    }

    [Fact]
    public async Task Prefetch_MirrorOfOurOwnAtTheSameService_IsCopiedPastThisMachine()
    {
        const int Images = 20;
        const int ImageBytes = 150_000;
        var data = await StartOriginAsync(Images, ImageBytes);
        var mirror = await ceph.CreateBucketAsync();
        await mirror.UploadFolderAsync(data.Folder, DataSet);
        // What our own stores note beside each object; one note is missing, one is of other bytes.
        foreach (var path in data.Images.Skip(1))
        {
            await mirror.UploadAsync(data.FileOf(path), DataSet + path, data.Sha256[path == data.Images[1] ? data.Images[2] : path]);
        }

        var store = await ceph.CreateBucketAsync();
        var daemon = await StartDaemonAsync([.. mirror.OriginOptions("", mirror.Endpoint), .. store.StoreOptions(Prefix)], store.Credentials);

        (await daemon.CliAsync("prefetch", "files/**")).Succeeded();

        var status = await daemon.StatusAsync();
        // Those two came here; the list files too.
        Assert.InRange(status.OriginBytes, 2 * ImageBytes, 10 * ImageBytes);
        Assert.Equal(Images - 2, status.StoreCopied);
        var downloaded = Workspace.Folder("downloaded");
        await store.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, Prefix, DataSet), data.Images.ToDictionary(path => path, path => data.Sha256[path]), readers: 2);
        (await daemon.CliAsync("verify", "--deep")).Succeeded();
        Assert.Contains(data.Sha256[data.Images[5]], await store.HeadAsync($"{Prefix}/{DataSet}{data.Images[5]}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefetch_CopyOfBytesThatTheirNoteBelies_NobodyReadsThem()
    {
        var data = await StartOriginAsync(images: 6, imageBytes: 50_000);
        var mirror = await ceph.CreateBucketAsync();
        await mirror.UploadFolderAsync(data.Folder, DataSet);
        // The note says what the list says; the bytes are another picture's.
        await mirror.UploadAsync(data.FileOf(data.Images[1]), DataSet + data.Images[0], data.Sha256[data.Images[0]]);
        var store = await ceph.CreateBucketAsync();
        var daemon = await StartDaemonAsync([.. mirror.OriginOptions("", mirror.Endpoint), .. store.StoreOptions(Prefix), "--on-mismatch", "error"], store.Credentials);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        (await daemon.CliAsync("prefetch", data.Images[0])).Succeeded();

        await Assert.ThrowsAnyAsync<IOException>(() => File.ReadAllBytesAsync(Path.Combine(mountpoint, data.Images[0]), TestContext.Current.CancellationToken));
        Assert.True((await daemon.StatusAsync()).VerifyFailures > 0);
        Assert.NotEqual(0, (await daemon.CliAsync("verify", "--deep")).ExitCode);
    }

    [Fact]
    public async Task Mirror_ProfileOfItsOwn_IsUsedBesideTheCredentialsOfTheStore()
    {
        var data = await StartOriginAsync(images: 3, imageBytes: 20_000);
        var mirror = await ceph.CreateBucketAsync();
        await mirror.UploadFolderAsync(data.Folder, DataSet);
        var profiles = Path.Combine(Workspace.Folder("aws"), "credentials");
        await File.WriteAllTextAsync(
            profiles,
            $"[mirror]\naws_access_key_id = {mirror.Credentials["AWS_ACCESS_KEY_ID"]}\naws_secret_access_key = {mirror.Credentials["AWS_SECRET_ACCESS_KEY"]}\n",
            TestContext.Current.CancellationToken);
        var variables = new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = "of-another-store",
            ["AWS_SECRET_ACCESS_KEY"] = "not-a-secret",
            ["AWS_SHARED_CREDENTIALS_FILE"] = profiles,
        };
        var daemon = await StartDaemonAsync([.. mirror.OriginOptions("", mirror.Endpoint), "--origin-profile", "mirror"], variables);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        await Reading.AssertEqualAsync(mountpoint, data.Sha256, readers: 2);

        var other = await StartDaemonAsync([.. mirror.OriginOptions("", mirror.Endpoint), "--origin-profile", "nobody"], variables, "other");
        var outcome = await other.CliAsync("mount", Workspace.Folder("mnt2"));
        Assert.Equal(4, outcome.ExitCode);
        Assert.Contains("the profile nobody", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-bucket", "no bucket no-such-bucket")]
    public async Task Mount_MirrorThatIsNotThere_SaysWhatToDo(string bucket, string expected)
    {
        var mirror = await ceph.CreateBucketAsync();
        string[] options = ["--origin", $"s3://{bucket}", .. mirror.OriginOptions("", mirror.Endpoint)[2..]];
        var daemon = await StartDaemonAsync(options, mirror.Credentials);

        var outcome = await daemon.CliAsync("mount", Workspace.Folder("mnt"));

        Assert.Equal(5, outcome.ExitCode);
        Assert.Contains(expected, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mount_MirrorWithStrangersCredentials_SaysWhatToDo()
    {
        var mirror = await ceph.CreateBucketAsync();
        var strangers = new Dictionary<string, string>(mirror.Credentials) { ["AWS_ACCESS_KEY_ID"] = "nobody" };
        var daemon = await StartDaemonAsync(mirror.OriginOptions("", mirror.Endpoint), strangers);

        var outcome = await daemon.CliAsync("mount", Workspace.Folder("mnt"));

        Assert.Equal(4, outcome.ExitCode);
        Assert.Contains("does not know these credentials", outcome.Errors, StringComparison.Ordinal);
    }
}
