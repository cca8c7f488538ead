using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>The Indiana University collection, out of Kaggle's zip or one on this machine.</summary>
public sealed class IndianaTests : EndToEndTest
{
    [Fact]
    public async Task Mount_EveryFileReadColdWarmAndAfterAKillWithoutKaggle_IsTheMember()
    {
        var kaggle = await StartKaggleAsync(images: 80, imageBytes: 100_000, addressRequests: 30);
        var daemon = await StartAsync(kaggle);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        AssertTree(kaggle, mountpoint);
        await Reading.AssertEqualAsync(mountpoint, kaggle.Sha256, readers: 8);
        Assert.Equal(0, kaggle.AccountsAtTheStorage);
        Assert.InRange(kaggle.Asked, 3, 5);
        await daemon.UploadedAsync();
        var requests = kaggle.Requests;
        await Reading.AssertEqualAsync(mountpoint, kaggle.Sha256, readers: 8);
        Assert.Equal(requests, kaggle.Requests);

        await daemon.KillAsync();
        Directory.Delete(daemon.Spool, recursive: true);
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        AssertTree(kaggle, mountpoint);
        await Reading.AssertEqualAsync(mountpoint, kaggle.Sha256, readers: 8);
        Assert.Equal(requests, kaggle.Requests);
    }

    [Fact]
    public async Task Mount_ArchiveOfThisMachine_IsTheSame()
    {
        var kaggle = await StartKaggleAsync(images: 10, imageBytes: 50_000);
        var daemon = await StartDaemonAsync(["--dataset", "indiana", "--archive", kaggle.Archive], new Dictionary<string, string>());
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        AssertTree(kaggle, mountpoint);
        await Reading.AssertEqualAsync(mountpoint, kaggle.Sha256, readers: 2);
        Assert.Equal(0, kaggle.Requests);
    }

    [Theory]
    [InlineData(401, 3, "Create a token")]
    [InlineData(403, 4, "Accept the data set's terms")]
    public async Task Mount_KaggleRefusesTheAccount_SaysWhatToDo(int status, int exitCode, string advice)
    {
        var kaggle = await StartKaggleAsync(images: 2, imageBytes: 10_000);
        kaggle.Refuse(status);
        var daemon = await StartAsync(kaggle);

        var outcome = await daemon.CliAsync("mount", Workspace.Folder("mnt"));

        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Contains(advice, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_AddressesExpiredAndAnotherEditionIsPublished_StoredFilesReadAndNoneIsOfTheNew()
    {
        var kaggle = await StartKaggleAsync(images: 10, imageBytes: 50_000);
        var daemon = await StartAsync(kaggle);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var read = kaggle.Images.Take(4).ToDictionary(path => path, path => kaggle.Sha256[path]);
        await Reading.AssertEqualAsync(mountpoint, read, readers: 1);
        await daemon.StatusAsync(status => status.OriginFetches >= 4, TimeSpan.FromSeconds(10));

        kaggle.ExpireAddresses();
        kaggle.Publish(images: 10, imageBytes: 60_000, seed: 2);
        var (hashes, _) = await Reading.HashAsync(mountpoint, kaggle.Images, readers: 2);

        Assert.All(read, file => Assert.Equal(file.Value, hashes[file.Key]));
        Assert.All(hashes, file => Assert.NotEqual(kaggle.Sha256[file.Key], file.Value));
    }

    [Fact]
    public async Task Commands_OnTheCollection_WorkAsOnOthers()
    {
        var kaggle = await StartKaggleAsync(images: 20, imageBytes: 50_000);
        var daemon = await StartAsync(kaggle);

        (await daemon.CliAsync("prefetch", "--metadata")).Succeeded();
        Assert.Equal(3, (await daemon.StatusAsync()).StoreObjects);
        (await daemon.CliAsync("prefetch", "--all")).Succeeded();
        Assert.Equal(kaggle.Sha256.Count + 1, (await daemon.StatusAsync()).StoreObjects);
        (await daemon.CliAsync("verify", "--deep")).Succeeded();

        var listed = (await daemon.CliAsync("ls", "images/images_normalized")).Succeeded();
        Assert.Equal(kaggle.Images.Count, listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var stat = Json.Parse(await daemon.CliAsync("stat", kaggle.Images[0], "--json"));
        Assert.Equal(kaggle.Sizes[kaggle.Images[0]], stat.GetProperty("size").GetInt64());
        var table = (await daemon.CliAsync("cat", "indiana_projections.csv")).Succeeded();
        Assert.StartsWith("uid,filename,projection\n", table.Output, StringComparison.Ordinal);

        var reports = await daemon.CliAsync("prefetch", "--reports");
        Assert.Equal(2, reports.ExitCode);
        Assert.Contains("indiana/2 has no archive of reports", reports.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mount_WithReports_IsRefusedAndWithoutThemIsNot()
    {
        var kaggle = await StartKaggleAsync(images: 2, imageBytes: 10_000);
        var daemon = await StartAsync(kaggle);

        var refused = await daemon.CliAsync("mount", Workspace.Folder("mnt"), "--reports", "beside");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("leave out --reports", refused.Errors, StringComparison.Ordinal);
        (await daemon.CliAsync("mount", Workspace.Folder("mnt"), "--reports", "none")).Succeeded();
    }

    [Fact]
    public async Task Select_ByProjection_ShowsThoseImagesInTheMountAndPrefetchesThem()
    {
        var kaggle = await StartKaggleAsync(images: 20, imageBytes: 50_000);
        var daemon = await StartAsync(kaggle);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var projections = File.ReadLines(Path.Combine(mountpoint, "indiana_projections.csv")).Skip(1).Select(line => line.Split(',')).ToList();
        var frontal = projections.Where(row => row[2] == "Frontal").Select(row => (Path: "images/images_normalized/" + row[1], Uid: row[0])).ToList();
        Assert.InRange(frontal.Count, 1, projections.Count - 1);

        (await daemon.CliAsync("select", "create", "front", "--view", "Frontal")).Succeeded();

        var selection = Path.Combine(mountpoint, "selections/front");
        await Reading.AssertEqualAsync(selection, frontal.ToDictionary(image => image.Path, image => kaggle.Sha256[image.Path]), readers: 2);
        Assert.Equal(["images", "manifest.csv"], Directory.EnumerateFileSystemEntries(selection).Select(Path.GetFileName).Order());
        Assert.Equal(frontal.Count, Directory.EnumerateFiles(Path.Combine(selection, "images/images_normalized")).Count());
        var manifest = File.ReadLines(Path.Combine(selection, "manifest.csv")).Skip(1).Select(line => line.Split(','));
        Assert.Equal(
            frontal.Select(image => (image.Path, image.Uid, "Frontal")).Order(),
            manifest.Select(row => (row[0], row[2], row[4])).Order());

        await daemon.UploadedAsync();
        (await daemon.CliAsync("prefetch", "--selection", "front")).Succeeded();
        (await daemon.CliAsync("verify", "--selection", "front", "--deep")).Succeeded();
        var wrong = await daemon.CliAsync("select", "create", "train", "--split", "train");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("no table of splits", wrong.Errors, StringComparison.Ordinal);
    }

    private Task<DaemonProcess> StartAsync(KaggleServer kaggle) =>
        StartDaemonAsync(["--dataset", "indiana", "--kaggle-endpoint", kaggle.Url.ToString()], kaggle.Account);

    /// <summary>The mount shows the archive's files with their lengths, and the list.</summary>
    private static void AssertTree(KaggleServer kaggle, string mountpoint)
    {
        var found = Directory.EnumerateFiles(mountpoint, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(mountpoint, file), file => new FileInfo(file).Length);
        Assert.True(found.Remove(KaggleServer.List));
        Assert.Equal(new SortedDictionary<string, long>(kaggle.Sizes.ToDictionary()), new SortedDictionary<string, long>(found));
    }
}
