using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;
using Status = Grpc.Core.Status;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class EntryVerbTests
{
    private static readonly Entry Image = new()
    {
        Path = "files/p10/p10000001/s50000001/a.jpg",
        Kind = EntryKind.File,
        Size = 61_234,
        Sha256 = ByteString.CopyFrom(0xAB, 0xCD),
        Resident = true,
        Stored = true,
        ModifiedUnixS = 1_700_000_000,
    };

    private static readonly Entry Folder = new() { Path = "files/p10", Kind = EntryKind.Directory, Size = 0 };

    private static readonly Entry Unknown = new() { Path = "files/b.jpg", Kind = EntryKind.File };

    [Theory]
    [InlineData("ls", "a.jpg\np10/\nb.jpg\n")]
    [InlineData("ls -l", "       61234  spool,store  a.jpg\n           -  -            p10/\n           -  -            b.jpg\n")]
    public async Task Ls_Entries_PrintsOneALine(string commandLine, string expected)
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Entries = { Image, Folder, Unknown } }, run.State);

        var exitCode = await run.RunAsync(commandLine.Split(' '));

        Assert.Equal((ExitCode.Done, expected), (exitCode, run.Out));
    }

    [Theory]
    [InlineData("files/p10/", "files/p10")]
    [InlineData("/files", "files")]
    [InlineData("./files", "files")]
    [InlineData(".", "")]
    [InlineData("/", "")]
    public async Task Ls_Path_IsSentAsTheApiWantsIt(string typed, string sent)
    {
        using var run = new CliRun();
        var gateway = new FakeGateway();
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        await run.RunAsync("ls", typed, "--dataset", "mimic-cxr/2.1.0");

        Assert.Equal(new ListDirectoryRequest { Path = sent, Dataset = "mimic-cxr/2.1.0" }, gateway.LastRequest);
    }

    [Fact]
    public async Task LsJson_UnknownSize_IsNull()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Entries = { Unknown, Folder } }, run.State);

        await run.RunAsync("ls", "--json");

        var lines = run.Out.TrimEnd().Split('\n');
        Assert.Equal(
            """{"path":"files/b.jpg","kind":"file","size":null,"sha256":null,"resident":false,"stored":false,"modified_unix_s":0}""",
            lines[0]);
        Assert.Equal("directory", JsonDocument.Parse(lines[1]).RootElement.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Stat_File_PrintsWhatIsKnown()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Entries = { Image } }, run.State);

        var exitCode = await run.RunAsync("stat", Image.Path);

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Equal(
            """
            path      files/p10/p10000001/s50000001/a.jpg
            kind      file
            size      61234
            sha256    abcd
            resident  yes
            stored    yes
            modified  2023-11-14 22:13:20 UTC

            """,
            run.Out);
    }

    [Fact]
    public async Task Cat_Chunks_WritesTheBytesAsTheyAre()
    {
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
        using var output = new MemoryStream();
        using var run = new CliRun { OutputStream = output };
        var gateway = new FakeGateway();
        for (var offset = 0; offset < bytes.Length; offset += 100_000)
        {
            gateway.Chunks.Add(new() { Offset = offset, Data = ByteString.CopyFrom(bytes, offset, 100_000) });
        }

        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("cat", "a.jpg");

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Equal(bytes, output.ToArray());
    }

    [Fact]
    public async Task Cat_ChunkAtTheWrongPlace_Fails()
    {
        using var run = new CliRun();
        await using var host = await GatewayHost.StartAsync(
            new FakeGateway { Chunks = { new() { Offset = 5, Data = ByteString.CopyFrom(1) } } }, run.State);

        var exitCode = await run.RunAsync("cat", "a.jpg");

        Assert.Equal((ExitCode.Failed, "mimic-cxr: the daemon sent byte 5 where 0 was due\n"), (exitCode, run.Error));
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated, 3)]
    [InlineData(StatusCode.PermissionDenied, 4)]
    [InlineData(StatusCode.Unavailable, 5)]
    [InlineData(StatusCode.InvalidArgument, 2)]
    [InlineData(StatusCode.DataLoss, 1)]
    [InlineData(StatusCode.NotFound, 1)]
    public async Task Cat_CallFails_PrintsTheMessageAndTheCode(StatusCode status, int expected)
    {
        using var run = new CliRun();
        var failure = new RpcException(new Status(status, "what happened, and what to do"));
        await using var host = await GatewayHost.StartAsync(new FakeGateway { Failure = failure }, run.State);

        var exitCode = await run.RunAsync("cat", "a.jpg");

        Assert.Equal(expected, (int)exitCode);
        Assert.Equal("mimic-cxr: what happened, and what to do\n", run.Error);
    }

    [Fact]
    public async Task Ls_FailsHalfWay_PrintsWhatCameBefore()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Entries = { Folder }, Failure = new RpcException(new Status(StatusCode.Unavailable, "gone")) };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("ls");

        Assert.Equal((ExitCode.OutOfReach, "p10/\n", "mimic-cxr: gone\n"), (exitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task Cat_ReaderLeaves_EndsQuietlyAndStopsTheTransfer()
    {
        using var run = new CliRun { OutputStream = new StandardOutputStream(new ClosingStream(writes: 2)) };
        var gateway = new FakeGateway { IsEndless = true, Chunks = { new() { Data = ByteString.CopyFrom(new byte[64 * 1024]) } } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        var exitCode = await run.RunAsync("cat", "a.jpg");

        Assert.Equal((ExitCode.Done, ""), (exitCode, run.Error));
        Assert.True(await gateway.BytesBeforeCancellation.Task.WaitAsync(TestContext.Current.CancellationToken) > 0);
    }
}
