using System.IO.Compression;
using System.Security.Cryptography;
using Grpc.Core;
using MimicCxr.V1;

namespace MimicCxr.Daemon.Tests.Api;

/// <summary>Stat, ListDirectory and ReadFile.</summary>
public sealed class FileCallsTests(GatewayHost host) : IClassFixture<GatewayHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stat_File_TellsSizeChecksumAndTime()
    {
        var entry = await StatAsync(host.Image);

        Assert.Equal(host.Image, entry.Path);
        Assert.Equal(EntryKind.File, entry.Kind);
        Assert.True(entry.HasSize);
        Assert.Equal(host.Bytes(host.Image).Length, entry.Size);
        Assert.Equal(SHA256.HashData(host.Bytes(host.Image)), entry.Sha256.ToByteArray());
        Assert.Equal(new DateTimeOffset(2024, 3, 12, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), entry.ModifiedUnixS);
    }

    [Fact]
    public async Task Stat_OnlyAsked_FetchesNothing()
    {
        // A daemon of its own: the other tests of this class read every file.
        await using var fresh = new GatewayHost();
        await fresh.InitializeAsync();

        Assert.True((await fresh.Client.StatAsync(new StatRequest { Path = fresh.Image }, cancellationToken: Token)).HasSize);

        Assert.Equal(0, fresh.Server.Log.Gets($"/files/{GatewayHost.DataSet}/{fresh.Image}"));
    }

    [Fact]
    public async Task Stat_ChecksumListItself_HasNoChecksum() => Assert.False((await StatAsync("SHA256SUMS.txt")).HasSha256);

    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("/files/", "files")]
    [InlineData("//files/./", "files")]
    public async Task Stat_Directory_HasAPathAndNoSize(string path, string expected)
    {
        var entry = await StatAsync(path);

        Assert.Equal((expected, EntryKind.Directory), (entry.Path, entry.Kind));
        Assert.False(entry.HasSize || entry.HasSha256);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("files/p10/missing")]
    [InlineData("SHA256SUMS.txt/x")]
    [InlineData("..")]
    [InlineData("files/../SHA256SUMS.txt")]
    [InlineData("../../etc/passwd")]
    public async Task EveryCall_NoSuchPath_IsNotFoundAndNamesIt(string path)
    {
        foreach (var status in await FailuresAsync(path))
        {
            Assert.Equal(StatusCode.NotFound, status.StatusCode);
            Assert.Contains($"'{path}'", status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EveryCall_OverlongName_IsNotFound() =>
        Assert.All(await FailuresAsync(new string('x', 300)), status => Assert.Equal(StatusCode.NotFound, status.StatusCode));

    [Theory]
    [InlineData("mimic-cxr-jpg")]
    [InlineData("mimic-cxr-jpg/9.9.9")]
    [InlineData("../x")]
    public async Task EveryCall_UnknownDataSet_IsNotFoundAndTellsTheKnownOnes(string dataSet)
    {
        foreach (var status in await FailuresAsync("README", dataSet))
        {
            Assert.Equal(StatusCode.NotFound, status.StatusCode);
            Assert.Contains(GatewayHost.DataSet, status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stat_DataSetThatTheOriginHasNot_IsAFailedPrecondition() =>
        Assert.Equal(StatusCode.FailedPrecondition, (await FailureAsync(() => StatAsync("README", "mimic-cxr/2.0.0"))).StatusCode);

    [Fact]
    public async Task Stat_DataSetNamed_IsThatOne() => Assert.Equal("files", (await StatAsync("files", GatewayHost.DataSet)).Path);

    [Fact]
    public async Task ListDirectory_Everything_NamesWhatTheOriginHasAndTheTablesUnpacked()
    {
        var files = new List<string>();
        var directories = new Queue<string>([""]);
        while (directories.TryDequeue(out var directory))
        {
            var entries = await ListAsync(directory);
            var own = entries.Select(entry => entry.Path).Where(path => !host.Tables().Contains(path)).ToList();
            Assert.Equal(own.Order(StringComparer.Ordinal), own);
            Assert.Equal(own, entries.Select(entry => entry.Path).Take(own.Count));
            foreach (var entry in entries)
            {
                if (entry.Kind == EntryKind.Directory)
                {
                    directories.Enqueue(entry.Path);
                }
                else
                {
                    files.Add(entry.Path);
                }
            }
        }

        Assert.Equal(host.Names().Concat(host.Tables()).Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ListDirectory_OfAFile_IsAFailedPrecondition() =>
        Assert.Equal(StatusCode.FailedPrecondition, (await FailureAsync(() => ListAsync(host.Image))).StatusCode);

    [Fact]
    public async Task ReadFile_OfADirectory_IsAFailedPrecondition() =>
        Assert.Equal(StatusCode.FailedPrecondition, (await FailureAsync(() => ReadAsync("files"))).StatusCode);

    [Fact]
    public async Task ReadFile_EveryFile_EqualsTheOrigin()
    {
        foreach (var name in host.Names())
        {
            Assert.Equal(host.Bytes(name), await ReadAsync(name));
        }
    }

    [Fact]
    public async Task UnpackedTables_StatAndRead_EqualWhatTheGzHolds()
    {
        foreach (var table in host.Tables())
        {
            using var gzip = new GZipStream(new MemoryStream(host.Bytes(table + ".gz")), CompressionMode.Decompress);
            using var unpacked = new MemoryStream();
            await gzip.CopyToAsync(unpacked, Token);

            var entry = await StatAsync(table);
            Assert.Equal((table, EntryKind.File, unpacked.Length), (entry.Path, entry.Kind, entry.Size));
            Assert.Equal(unpacked.ToArray(), await ReadAsync(table));
            Assert.Equal(unpacked.ToArray()[100..200], await ReadAsync(table, 100, 100));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 1000)]
    [InlineData(999, 1)]
    [InlineData(1000, 0)]
    [InlineData(0, long.MaxValue)]
    [InlineData(1000, long.MaxValue)]
    [InlineData(1_000_000, 0)]
    [InlineData(1_000_000, 10)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public async Task ReadFile_Range_GivesWhatTheFileHasOfIt(long offset, long length)
    {
        var whole = host.Bytes(host.Image);
        var from = Math.Min(offset, whole.Length);
        var count = Math.Min(length == 0 ? long.MaxValue : length, whole.Length - from);

        Assert.Equal(whole.AsSpan((int)from, (int)count).ToArray(), await ReadAsync(host.Image, offset, length));
    }

    [Fact]
    public async Task ReadFile_TheLastByteAndTheEnd_AreOneAndNone()
    {
        var whole = host.Bytes(host.Image);

        Assert.Equal([whole[^1]], await ReadAsync(host.Image, whole.Length - 1));
        Assert.Empty(await ReadAsync(host.Image, whole.Length));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(long.MinValue, long.MinValue)]
    public async Task ReadFile_NegativeRange_IsInvalid(long offset, long length) =>
        Assert.Equal(StatusCode.InvalidArgument, (await FailureAsync(() => ReadAsync(host.Image, offset, length))).StatusCode);

    [Fact]
    public async Task Stat_AfterARead_TellsThatItIsHere()
    {
        await ReadAsync(host.Image);

        Assert.True((await StatAsync(host.Image)).Resident);
    }

    [Fact]
    public async Task GetStatus_TellsTheDataSet()
    {
        await StatAsync("");

        var status = await host.Client.GetStatusAsync(new GetStatusRequest(), cancellationToken: Token);

        var dataSet = Assert.Single(status.Datasets);
        Assert.Equal((GatewayHost.DataSet, (long)host.Names().Count()), (dataSet.Name, dataSet.Files));
        Assert.Equal(Environment.ProcessId, status.Pid);
        Assert.Equal(host.Server.BaseAddress.ToString().TrimEnd('/'), status.Origin.Url);
    }

    [Fact]
    public async Task Mount_WhereItCannotBe_IsToldApart()
    {
        async Task<StatusCode> MountAsync(string mountPoint, string dataSet = "") => (await FailureAsync(() => host.Client.MountAsync(
            new MountRequest { Mountpoint = mountPoint, Dataset = dataSet }, cancellationToken: Token).ResponseAsync)).StatusCode;

        Assert.Equal(StatusCode.InvalidArgument, await MountAsync(""));
        Assert.Equal(StatusCode.InvalidArgument, await MountAsync("relative/path"));
        Assert.Equal(StatusCode.FailedPrecondition, await MountAsync("/nonexistent/mount/point"));
        Assert.Equal(StatusCode.NotFound, await MountAsync("/mnt", "nonsense/1"));
    }

    [Fact]
    public async Task Unmount_NothingThere_IsNotFoundUnlessAllAreMeant()
    {
        var status = await FailureAsync(() => host.Client.UnmountAsync(new UnmountRequest { Mountpoint = "/mnt" }, cancellationToken: Token).ResponseAsync);
        var all = await host.Client.UnmountAsync(new UnmountRequest { All = true }, cancellationToken: Token);

        Assert.Equal(StatusCode.NotFound, status.StatusCode);
        Assert.Empty(all.Unmounted);
        Assert.Empty((await host.Client.ListMountsAsync(new ListMountsRequest(), cancellationToken: Token)).Mounts);
    }

    private Task<Entry> StatAsync(string path, string dataSet = "") =>
        host.Client.StatAsync(new StatRequest { Path = path, Dataset = dataSet }, cancellationToken: Token).ResponseAsync;

    private async Task<List<Entry>> ListAsync(string path, string dataSet = "")
    {
        using var call = host.Client.ListDirectory(new ListDirectoryRequest { Path = path, Dataset = dataSet }, cancellationToken: Token);
        var entries = new List<Entry>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            entries.Add(call.ResponseStream.Current);
        }

        return entries;
    }

    private async Task<byte[]> ReadAsync(string path, long offset = 0, long length = 0, string dataSet = "")
    {
        var request = new ReadFileRequest { Path = path, Offset = offset, Length = length, Dataset = dataSet };
        using var call = host.Client.ReadFile(request, cancellationToken: Token);
        using var bytes = new MemoryStream();
        while (await call.ResponseStream.MoveNext(Token))
        {
            Assert.Equal(offset + bytes.Length, call.ResponseStream.Current.Offset);
            bytes.Write(call.ResponseStream.Current.Data.Span);
        }

        return bytes.ToArray();
    }

    private async Task<List<Grpc.Core.Status>> FailuresAsync(string path, string dataSet = "") =>
    [
        await FailureAsync(() => StatAsync(path, dataSet)),
        await FailureAsync(() => ListAsync(path, dataSet)),
        await FailureAsync(() => ReadAsync(path, dataSet: dataSet)),
    ];

    private static async Task<Grpc.Core.Status> FailureAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status;
}
