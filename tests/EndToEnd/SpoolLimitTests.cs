using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>The data set never lands on the local disk as a whole.</summary>
public sealed class SpoolLimitTests : EndToEndTest
{
    private const int ImageBytes = 1_500_000;
    private const int Readers = 4;

    [Fact]
    public async Task Spool_Of20MBAnd200FilesOf1500KB_AllReadAndTheDiskUsageStaysBounded()
    {
        var origin = await StartOriginAsync(images: 200, ImageBytes);
        var store = new Uri(Workspace.Folder("store")).AbsoluteUri;
        var daemon = await StartDaemonAsync(origin, ["--spool-size", "20MB", "--concurrency", $"{Readers}", "--store", store]);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var limit = (await daemon.StatusAsync()).SpoolLimit;
        Assert.InRange(limit, 20_000_000, 20 << 20);

        var images = origin.Images.ToDictionary(path => path, path => origin.Sha256[path]);
        var reading = Reading.AssertEqualAsync(mountpoint, images, Readers);
        var samples = new List<long>();
        while (!reading.IsCompleted)
        {
            samples.Add(await daemon.SpoolDiskUsageAsync());
        }

        await reading;
        samples.Add(await daemon.SpoolDiskUsageAsync());

        // A file in transfer for each reader; blocks are counted, so each file may take up to one block more.
        var largest = origin.Images.Max(origin.SizeOf);
        Assert.InRange(samples.Max(), ImageBytes, limit + (Readers * largest) + (64 * 4096));
        var status = await daemon.StatusAsync();
        Assert.InRange(status.SpoolBytes, 0, limit);
        Assert.InRange(status.SpoolEvictions, 200 - (limit / origin.Images.Min(origin.SizeOf)) - 1, long.MaxValue);
    }
}
