using System.Text;
using System.Text.Json;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Bytes that the origin's own checksum list denies (FACTS.md, the data sets).</summary>
public sealed class MismatchTests : EndToEndTest
{
    private const int InputOutputError = 5;

    [Fact]
    public async Task OnMismatchError_WrongBytesOfRightLength_InputOutputErrorAndNothingOfThemKept()
    {
        var (origin, wrong) = await StartOriginWithWrongFileAsync();
        var daemon = await StartDaemonAsync(origin, [.. Store, "--on-mismatch", "error"]);
        var mountpoint = await MountAsync(daemon);

        var cat = await Command.RunAsync("cat", [Path.Combine(mountpoint, wrong)]);
        await AssertRefusedAsync(cat, daemon, origin, wrong);
        var status = await daemon.StatusAsync();
        Assert.True(status.VerifyFailures > 0);
        Assert.Equal(0, status.OriginDisagreements);
    }

    [Theory]
    [InlineData("error")]
    [InlineData("accept-repeatable")]
    public async Task OnMismatch_DamagedDifferentlyEachTime_InputOutputErrorAndNothingOfItKept(string rule)
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 400_000);
        var damaged = origin.Images[3];
        origin.DamageDifferentlyEachTime(damaged);
        var daemon = await StartDaemonAsync(origin, [.. Store, "--on-mismatch", rule]);
        var mountpoint = await MountAsync(daemon);

        var cat = await Command.RunAsync("cat", [Path.Combine(mountpoint, damaged)]);
        await AssertRefusedAsync(cat, daemon, origin, damaged);
        Assert.True((await daemon.StatusAsync()).VerifyFailures > 0);
    }

    [Fact]
    public async Task OnMismatchDefault_WrongBytesOfRightLength_ReadAfterTwoFetchesAndCountedAsDisagreement()
    {
        var (origin, wrong) = await StartOriginWithWrongFileAsync();
        var daemon = await StartDaemonAsync(origin, Store);
        var mountpoint = await MountAsync(daemon);

        // The hash of what the origin really serves, which is not the listed one.
        await Reading.AssertEqualAsync(mountpoint, new Dictionary<string, string> { [wrong] = origin.Sha256[wrong] }, readers: 1);
        Assert.Equal(2, origin.Fetches[wrong]);
        Assert.Equal(1, (await daemon.UploadedAsync()).OriginDisagreements);

        // Settled once: neither another reader nor another life of the daemon asks again.
        Assert.Equal(0, await daemon.StopAsync());
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        await Reading.AssertEqualAsync(mountpoint, new Dictionary<string, string> { [wrong] = origin.Sha256[wrong] }, readers: 1);
        Assert.Equal(2, origin.Fetches[wrong]);
    }

    [Fact]
    public async Task Read_DamagedFirstFetchWhileAReaderHoldsItsBeginning_RightBytesOrAnErrorButNoMixture()
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 1_500_000);
        var damaged = origin.Images[3];
        origin.DamageFirstFetch(damaged);
        // Slow enough for the reader to be in the middle.
        origin.LimitRate(bytesPerSecond: 3_000_000);
        // One connection, so that however slow this machine is the file never comes in pieces.
        var daemon = await StartDaemonAsync(origin, ["--concurrency", "1"]);
        var mountpoint = await MountAsync(daemon);
        var path = Path.Combine(mountpoint, damaged);

        var reader = Json.Parse(await Command.PythonAsync("eager_reader.py", path));
        if (reader.GetProperty("errno").ValueKind == JsonValueKind.Null)
        {
            Assert.Equal(origin.Sha256[damaged], reader.GetProperty("sha256").GetString());
        }
        else
        {
            Assert.Equal(InputOutputError, reader.GetProperty("errno").GetInt32());
            Assert.InRange(reader.GetProperty("size").GetInt64(), 0, origin.SizeOf(damaged) - 1);
        }

        // Pages of the damaged fetch must not stay in the kernel either.
        await Reading.AssertEqualAsync(mountpoint, new Dictionary<string, string> { [damaged] = origin.Sha256[damaged] }, readers: 1);
        Assert.Equal(2, origin.Fetches[damaged]);
        Assert.Equal(1, (await daemon.StatusAsync()).VerifyFailures);
    }

    private string[] Store => ["--store", new Uri(Workspace.Folder("store")).AbsoluteUri];

    private async Task<(OriginServer Origin, string Wrong)> StartOriginWithWrongFileAsync()
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 400_000);
        var wrong = origin.Images[3];
        origin.OverwriteWithWrongBytes(wrong);
        return (origin, wrong);
    }

    private async Task<string> MountAsync(DaemonProcess daemon)
    {
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        return mountpoint;
    }

    private async Task AssertRefusedAsync(Outcome cat, DaemonProcess daemon, OriginServer origin, string path)
    {
        Assert.Equal(1, cat.ExitCode);
        Assert.Contains("Input/output error", cat.Errors, StringComparison.Ordinal);

        // Each character of the output stands for at least one byte.
        Assert.True(cat.Output.Length < origin.SizeOf(path));
        await daemon.UploadedAsync();

        // Each picture names itself in a comment (src/Sandbox); lists do so without these words.
        var picture = Encoding.ASCII.GetBytes($"no patient: {Path.GetFileNameWithoutExtension(path)}");
        Assert.Empty(FilesWith(daemon.Spool, picture));
        Assert.Empty(FilesWith(Workspace["store"], picture));
        var entry = await new GrpcioClient(Workspace, daemon).CallAsync("stat", path);
        Assert.False(entry.GetProperty("resident").GetBoolean());
        Assert.False(entry.GetProperty("stored").GetBoolean());

        // The others are well.
        var others = origin.Sha256.Where(file => file.Key != path).ToDictionary();
        await Reading.AssertEqualAsync(Workspace["mnt"], others, readers: 4);
    }

    private static List<string> FilesWith(string folder, byte[] bytes) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0)];
}
