using System.Security.Cryptography;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>A program in another language drives the daemon with an official gRPC library.</summary>
public sealed class GrpcioTests : EndToEndTest
{
    [Fact]
    public async Task GetStatus_FromPython_TellsDataSetAndMounts()
    {
        var origin = await StartOriginAsync(images: 12, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        var status = await new GrpcioClient(Workspace, daemon).CallAsync("status");

        var dataSet = Assert.Single(status.GetProperty("datasets").EnumerateArray());
        Assert.Equal("mimic-cxr-jpg/2.1.0", dataSet.GetProperty("name").GetString());
        var mount = Assert.Single(status.GetProperty("mounts").EnumerateArray());
        Assert.Equal(mountpoint, mount.GetProperty("mountpoint").GetString());
        Assert.Equal(origin.Url, new Uri(status.GetProperty("origin").GetProperty("url").GetString()!));
    }

    [Fact]
    public async Task ReadFile_FromPython_StreamsTheOriginsBytesInOrder()
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 3_000_000);
        var daemon = await StartDaemonAsync(origin);
        var client = new GrpcioClient(Workspace, daemon);
        var image = origin.Images[2];

        var whole = await client.CallAsync("read", image);
        Assert.Equal(origin.Sha256[image], whole.GetProperty("sha256").GetString());
        Assert.Equal(origin.SizeOf(image), whole.GetProperty("size").GetInt64());
        Assert.True(whole.GetProperty("chunks").GetInt32() > 1, "3 MB came in one message");

        var part = await client.CallAsync("read", image, "1000000", "1000");
        var expected = File.ReadAllBytes(origin.FileOf(image)).AsSpan(1_000_000, 1000);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), part.GetProperty("sha256").GetString());
        Assert.Equal(1, origin.Fetches[image]);
    }

    [Fact]
    public async Task ReadFile_NoSuchPathFromPython_NotFound()
    {
        var origin = await StartOriginAsync(images: 6, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin);

        var answer = await new GrpcioClient(Workspace, daemon).CallAsync("read", "files/none.jpg");

        Assert.Equal("NOT_FOUND", answer.GetProperty("error").GetString());
    }
}
