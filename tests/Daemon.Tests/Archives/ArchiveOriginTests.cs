using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>A data set that is one archive, at Kaggle or on this machine.</summary>
public sealed class ArchiveOriginTests
{
    private const string List = "CRC32SUMS.txt";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_EveryFile_IsTheMemberInOneRequest()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        await Kaggle.FetchAsync(origin, List);
        kaggle.Server.StorageLog.Clear();

        foreach (var (name, bytes) in kaggle.Members)
        {
            Assert.Equal(bytes, await Kaggle.FetchAsync(origin, name));
        }

        Assert.Equal(kaggle.Members.Count, kaggle.Server.StorageLog.Entries.Count);
    }

    [Fact]
    public async Task Fetch_List_TellsChecksumAndLengthOfEveryMember()
    {
        await using var kaggle = await Kaggle.StartAsync();

        var list = Encoding.UTF8.GetString(await Kaggle.FetchAsync(kaggle.Origin(), List));

        Assert.Equal(string.Concat(kaggle.Members.Select(member => $"{Crc32.Of(member.Value):x8} {member.Value.Length} {member.Key}\n")), list);
    }

    [Fact]
    public async Task FetchRange_AnyPart_IsThatPartOfOneVersion()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        var (name, bytes) = kaggle.Members.First();
        FileVersion? version = null;

        foreach (var (offset, length) in new[] { (0, 1000), (100_000, 50_000), (bytes.Length - 10, 1000), (bytes.Length, 10) })
        {
            var sink = new RecordingSink();
            version = await origin.FetchRangeAsync(Kaggle.Ask(name), new FileRange(offset, length), version, sink, RequestPriority.Interactive, Token);

            Assert.Equal(bytes.Length, Assert.Single(sink.Lengths));
            Assert.Equal(bytes.AsSpan()[offset..Math.Min(bytes.Length, offset + length)], sink.Bytes.AsSpan()[Math.Min(offset, sink.Bytes.Length)..]);
        }
    }

    [Fact]
    public async Task Fetch_MemberOfSeveralSections_IsRight()
    {
        var large = new byte[(2 * ArchiveSections.SectionLength) + 1000];
        new Random(1).NextBytes(large);
        var image = new ZipImage();
        image.Add("stored.bin", large, CompressionLevel.NoCompression);
        image.Add("packed.bin", large);
        image.Add("empty", []);
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["a.zip"], image.ToArray(), Token);
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin(new FileOrigin(folder["a.zip"]));

        Assert.Equal(large, await Kaggle.FetchAsync(origin, "stored.bin"));
        Assert.Equal(large, await Kaggle.FetchAsync(origin, "packed.bin"));
        Assert.Empty(await Kaggle.FetchAsync(origin, "empty"));
    }

    [Fact]
    public async Task Fetch_CameDamagedOnce_IsFetchedAgainFromTheStart()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        await Kaggle.FetchAsync(origin, List);
        var (name, bytes) = kaggle.Members.First();
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.VaryingBytes, Path = "/archive", TotalTimes = 1 });
        var sink = new RecordingSink();

        await origin.FetchAsync(Kaggle.Ask(name), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(1, sink.Restarts);
    }

    [Fact]
    public async Task Fetch_DamagedEachTime_IsDamaged()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        await Kaggle.FetchAsync(origin, List);
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.WrongBytes, Path = "/archive" });

        var failure = await Assert.ThrowsAsync<OriginException>(() => Kaggle.FetchAsync(origin, kaggle.Members.First().Key));

        Assert.Equal(OriginError.Damaged, failure.Error);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    public async Task Fetch_OtherBytesOfTheRightLength_IsDamaged(CompressionLevel level)
    {
        var image = new ZipImage { Listed = entry => entry with { Crc32 = entry.Crc32 ^ 1 } };
        image.Add("a.png", new byte[1000], level);
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["a.zip"], image.ToArray(), Token);
        await using var kaggle = await Kaggle.StartAsync();

        var failure = await Assert.ThrowsAsync<OriginException>(() => Kaggle.FetchAsync(kaggle.Origin(new FileOrigin(folder["a.zip"])), "a.png"));

        Assert.Equal(OriginError.Damaged, failure.Error);
    }

    [Fact]
    public async Task Fetch_NoSuchMember_IsNotFound()
    {
        await using var kaggle = await Kaggle.StartAsync();

        var failure = await Assert.ThrowsAsync<OriginException>(() => Kaggle.FetchAsync(kaggle.Origin(), "images/none.png"));

        Assert.Equal(OriginError.NotFound, failure.Error);
    }

    [Fact]
    public async Task Fetch_ArchiveReplacedByOneWithTheSameMembers_GoesOn()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        await ImportAsync(kaggle, origin);

        kaggle.WriteArchive(seed: 1);

        foreach (var (name, bytes) in kaggle.Members)
        {
            Assert.Equal(bytes, await Kaggle.FetchAsync(origin, name));
        }
    }

    [Fact]
    public async Task Fetch_ArchiveOfAnotherEdition_GivesNothingUntilItIsTheOldOneAgain()
    {
        var time = new ManualTime();
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin(kaggle.Source(), time);
        await ImportAsync(kaggle, origin);
        kaggle.WriteArchive(seed: 2);
        var sink = new RecordingSink();

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => origin.FetchAsync(Kaggle.Ask(kaggle.Members.First().Key), sink, RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.AnotherEdition, failure.Error);
        Assert.Equal(0, sink.Delivered);
        kaggle.WriteArchive(seed: 1);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(kaggle.Members.First().Value, await Kaggle.FetchAsync(origin, kaggle.Members.First().Key));
    }

    [Fact]
    public async Task Fetch_AfterARestart_ReadsTheDirectoryNotAgain()
    {
        await using var kaggle = await Kaggle.StartAsync();
        await Kaggle.FetchAsync(kaggle.Origin(), List);
        kaggle.Server.StorageLog.Clear();
        var again = kaggle.Origin();

        await Kaggle.FetchAsync(again, List);
        Assert.Empty(kaggle.Server.StorageLog.Entries);
        await Kaggle.FetchAsync(again, kaggle.Members.First().Key);
        Assert.Single(kaggle.Server.StorageLog.Entries);
    }

    [Fact]
    public async Task GetLength_OfTheList_AsksTheArchiveItself()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();
        var list = await Kaggle.FetchAsync(origin, List);
        kaggle.Server.StorageLog.Clear();

        Assert.Equal(list.Length, await origin.GetLengthAsync(Kaggle.Ask(List), Token));

        Assert.Single(kaggle.Server.StorageLog.Entries);
    }

    [Fact]
    public async Task ListDirectory_AnyFolder_TellsItsFilesAndTheirLengths()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();

        var root = await origin.ListDirectoryAsync(Kaggle.Definition.Id.ToString(), Token);
        var images = await origin.ListDirectoryAsync(Kaggle.Ask("images/images_normalized"), Token);

        Assert.Equal(["indiana_projections.csv", "indiana_reports.csv"], root.Select(file => file.Name));
        Assert.Equal(9, images.Count);
        Assert.All(images, file => Assert.Equal(kaggle.Members["images/images_normalized/" + file.Name].Length, file.Length));
    }

    [Fact]
    public async Task Fetch_ManyAtOnceByJobsAndReaders_AllComeRight()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var origin = kaggle.Origin();

        var fetches = Enumerable.Range(0, 20).SelectMany(i => kaggle.Members.Select(member => (member, Priority: i % 2 == 0 ? RequestPriority.Bulk : RequestPriority.Interactive)))
            .Select(async wanted =>
            {
                var sink = new RecordingSink();
                await origin.FetchAsync(Kaggle.Ask(wanted.member.Key), sink, wanted.Priority, Token);
                Assert.Equal(wanted.member.Value, sink.Bytes);
            });

        await Task.WhenAll(fetches);
    }

    /// <summary>As the data set is from now on.</summary>
    private static async Task ImportAsync(Kaggle kaggle, ArchiveOrigin origin)
    {
        var sha256 = SHA256.HashData(await Kaggle.FetchAsync(origin, List));
        kaggle.Imported = () => sha256;
    }
}
