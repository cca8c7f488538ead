using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Two daemons on one machine know nothing of each other, whatever happens to one of them.</summary>
public sealed class SideBySideTests : EndToEndTest
{
    [Fact]
    public async Task Kill_OneOfTwoUnderLoad_TheOtherGoesOnAndTheKilledOneComesBackWithNothingLost()
    {
        var origin = await StartOriginAsync(images: 150, imageBytes: 300_000);
        origin.LimitRate(bytesPerSecond: 4_000_000);
        var other = await StartOriginAsync(images: 100, imageBytes: 300_000);
        var killed = await StartDaemonAsync(origin, name: "killed");
        var survivor = await StartDaemonAsync(other, name: "survivor");
        var killedMount = Workspace.Folder("mnt1");
        var survivorMount = Workspace.Folder("mnt2");
        await killed.MountAsync(killedMount);
        await survivor.MountAsync(survivorMount);
        var early = origin.Images.Take(20).ToDictionary(path => path, path => origin.Sha256[path]);
        await Reading.AssertEqualAsync(killedMount, early, readers: 8);

        var doomed = Reading.HashAsync(killedMount, origin.Images, readers: 8);
        var unharmed = Reading.AssertEqualAsync(survivorMount, other.Sha256, readers: 4);
        await origin.WaitForFetchesAsync(early.Count + 20);
        await killed.KillAsync();

        // Those who were reading get errors, not wrong bytes.
        var (hashes, outcome) = await doomed;
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.All(hashes, file => Assert.Equal(origin.Sha256[file.Key], file.Value));
        await unharmed;
        Assert.All(other.Fetches, file => Assert.Equal(1, file.Value));

        await killed.StartAsync();
        await killed.MountAsync(killedMount);
        await Reading.AssertEqualAsync(killedMount, origin.Sha256, readers: 8);

        // What had been read to its end before the kill was not fetched again.
        Assert.All(early.Keys, path => Assert.Equal(1, origin.Fetches[path]));
        var status = await killed.UploadedAsync();
        Assert.Equal(0, status.VerifyFailures);
        Assert.Equal(origin.Sha256.Count, status.StoreObjects);
    }
}
