using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Every file reads with the origin's bytes, and the origin is asked for each of them once.</summary>
public sealed class ReadsEqualTheOriginTests : EndToEndTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Mount_EveryFileReadColdWarmAndAfterRestart_EqualBytesAndOneFetchEach(int readers)
    {
        var origin = await StartOriginAsync(images: 120, imageBytes: 150_000);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers);
        Assert.Equal(OneFetchEach(origin), Fetches(origin));
        Assert.InRange(origin.PasswordHashes, 1, 2);

        var requestsWhenCold = origin.Requests;
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers);
        Assert.Equal(requestsWhenCold, origin.Requests);

        Assert.Equal(0, await daemon.StopAsync());
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers);
        Assert.Equal(requestsWhenCold, origin.Requests);
    }

    private static SortedDictionary<string, int> OneFetchEach(OriginServer origin) =>
        new(origin.Sha256.Keys.ToDictionary(path => path, _ => 1), StringComparer.Ordinal);

    private static SortedDictionary<string, int> Fetches(OriginServer origin) =>
        new(origin.Fetches.ToDictionary(), StringComparer.Ordinal);
}
