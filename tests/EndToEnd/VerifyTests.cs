using System.Text.Json;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary><c>mimic-cxr verify</c> and <c>cache evict</c> against a bucket that somebody else changed.</summary>
public sealed class VerifyTests(CephCluster ceph) : EndToEndTest
{
    private const string DataSet = "mimic-cxr-jpg/2.1.0/";

    [Fact]
    public async Task Verify_BucketWithOneObjectGoneOneDamagedAndOneTooMany_NamesThemAndRepairs()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 20, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(""), bucket.Credentials);
        (await daemon.CliAsync("prefetch", "files")).Succeeded();
        var (gone, damaged) = (origin.Images[3], origin.Images[7]);
        var right = await daemon.CliAsync("verify", "--deep");
        Assert.True(right.ExitCode == 0, right.Output + right.Errors);

        await bucket.RemoveAsync(DataSet + gone);
        var bytes = await File.ReadAllBytesAsync(origin.FileOf(damaged), TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(Workspace["wrong"], bytes, TestContext.Current.CancellationToken);
        // With the note of the right bytes: only reading finds it.
        await bucket.UploadAsync(Workspace["wrong"], DataSet + damaged, origin.Sha256[damaged]);
        await bucket.UploadAsync(Workspace["wrong"], DataSet + "files/notes.txt", "");

        var fast = await daemon.CliAsync("verify", "files", "--json");
        Assert.Equal(6, fast.ExitCode);
        Assert.Equal([("missing", gone), ("extra", "files/notes.txt")], Findings(fast).OrderByDescending(finding => finding.Kind));

        var repair = await daemon.CliAsync("verify", "files", "--deep", "--repair", "--json");
        Assert.True(repair.ExitCode == 0, repair.Output + repair.Errors);
        Assert.Contains(("damaged", damaged), Findings(repair));
        (await daemon.CliAsync("prefetch", gone)).Succeeded();

        var again = await daemon.CliAsync("verify", "--deep");
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        var downloaded = Workspace.Folder("downloaded");
        await bucket.DownloadAsync(downloaded);
        await Reading.AssertEqualAsync(Path.Combine(downloaded, DataSet), origin.Images.ToDictionary(path => path, path => origin.Sha256[path]), readers: 2);
        Assert.True(File.Exists(Path.Combine(downloaded, DataSet, "files/notes.txt")), "what is not ours stays");
    }

    [Fact]
    public async Task EvictStore_SomeFiles_LeavesTheOthersAndTheIndexKnows()
    {
        var bucket = await ceph.CreateBucketAsync();
        var origin = await StartOriginAsync(images: 12, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin, bucket.StoreOptions(""), bucket.Credentials);
        (await daemon.CliAsync("prefetch", "files")).Succeeded();
        var before = await bucket.ListAsync();

        var evicted = Json.Parse(await daemon.CliAsync("cache", "evict", origin.Images[0], origin.Images[1], "--store", "--yes", "--json"));

        Assert.Equal(2, evicted.GetProperty("objects_removed").GetInt32());
        Assert.Equal(before.Except([DataSet + origin.Images[0], DataSet + origin.Images[1]]), await bucket.ListAsync());
        Assert.Equal(0, (await daemon.CliAsync("verify")).ExitCode);
        Assert.Equal(before.Count - 2, (await daemon.StatusAsync()).StoreObjects);
    }

    private static IEnumerable<(string Kind, string Path)> Findings(Outcome verify) =>
        verify.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("kind", out _))
            .Select(line => (line.GetProperty("kind").GetString()!, line.GetProperty("path").GetString()!));
}
