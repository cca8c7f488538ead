using System.IO.Compression;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Archives;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>Where the bytes of reports come from.</summary>
public sealed class ReportReadingTests : ReportsTest
{
    /// <summary>Reads so far apart that each is a request of its own: 40 of them.</summary>
    private static readonly int[] Scattered = [.. Enumerable.Range(0, 40).Select(i => 10 + (i * 7 % 40 * 10))];

    [Fact]
    public async Task ManyReaders_OfOneReport_AskForItOnce()
    {
        AddStudies(5000);
        var tree = await StartAsync(ReportPlaces.Beside);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => Assert.Equal(TextOf(2500), await ReadAsync(tree, PathOf(2500)))));

        // The end of the archive, a part of its directory, the report.
        Assert.InRange(Requests, 1, 3);
    }

    [Fact]
    public async Task Restart_DirectoryWasReadWhole_AsksForTheMemberAlone()
    {
        AddStudies(5000);
        var tree = await StartAsync(ReportPlaces.Beside);
        foreach (var study in new[] { 1, 1000, 2000, 3000, 4000, 5000 })
        {
            await tree.GetSizeAsync(Find(tree, PathOf(study)).Node, readFollows: false, Token);
        }

        await EndAsync();
        Origin.Ranges.Clear();
        tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(TextOf(2500), await ReadAsync(tree, PathOf(2500)));
        Assert.Equal(1, Requests);
    }

    [Fact]
    public async Task Restart_AfterAMountAlone_AsksForNothing()
    {
        AddStudies(5000);
        await StartAsync(ReportPlaces.Beside);
        await EndAsync();
        Origin.Ranges.Clear();
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(0, Requests);
        Assert.Equal(TextOf(2500), await ReadAsync(tree, PathOf(2500)));
    }

    [Fact]
    public async Task Restart_SoonAfterARefusal_AsksForNothingBeforeTheSecondMount()
    {
        AddStudies(3);
        Refuse(OriginError.AgreementNotSigned);
        await StartAsync(ReportPlaces.Beside);
        await EndAsync();
        Serve();
        Origin.Ranges.Clear();

        var tree = await StartAsync(ReportPlaces.Beside);
        Assert.Equal(0, Requests);
        Assert.False(tree.TryResolve(Report, out _));
        Assert.Contains(nameof(OriginError.AgreementNotSigned), await NoteAsync(), StringComparison.Ordinal);

        Assert.Equal(TextOf(2), await ReadAsync(await MountAsync(), Report));
    }

    [Fact]
    public async Task Restart_LongAfterARefusal_AsksAgain()
    {
        AddStudies(3);
        Refuse(OriginError.AgreementNotSigned);
        await StartAsync(ReportPlaces.Beside);
        await EndAsync();
        Serve();
        Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(TextOf(2), await ReadAsync(await StartAsync(ReportPlaces.Beside), Report));
    }

    [Fact]
    public async Task Replaced_WhoHasAReportOpenGetsAnErrorAndWhoOpensItAnewTheRightBytes()
    {
        AddStudies(3);
        AddArchive([1, 2, 3], filler: 200_000);
        var tree = await StartAsync(ReportPlaces.Beside);
        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
        var (open, other) = (Find(tree, Report).Node, Find(tree, PathOf(1)).Node);
        var kernel = new ForgettingKernel(names: 3);
        tree.Mounted(kernel);

        AddArchive([1, 2, 3], "second report of ", filler: 200_000);
        await Assert.ThrowsAsync<FsException>(() => TreeTest.ReadAsync(tree, other, 0, 100));

        await Assert.ThrowsAsync<FsException>(() => TreeTest.ReadAsync(tree, open, 0, 100));
        await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(open, readFollows: true, Token).AsTask());
        Assert.NotEqual(open, Find(tree, Report).Node);
        Assert.Equal("second report of 50000002", await ReadAsync(tree, Report));
        Assert.Equal("second report of 50000001", await ReadAsync(tree, PathOf(1)));
        Assert.Equal(3, (await kernel.ForgottenAsync()).Count);
    }

    [Fact]
    public async Task Member_WithOtherBytesThanItsChecksum_IsAnErrorAndOthersRead()
    {
        AddStudies(3);
        var image = new ZipImage();
        image.Add(PathOf(1), "right"u8.ToArray());
        image.Listed = entry => entry with { Crc32 = entry.Crc32 ^ 1 };
        image.Add(PathOf(2), "wrong"u8.ToArray(), CompressionLevel.NoCompression);
        Origin.Files[Archive] = image.ToArray();
        var tree = await StartAsync(ReportPlaces.Beside);

        var error = await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, PathOf(2)));

        Assert.Equal(Errno.InputOutput, error.Errno);
        Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
        Assert.Equal("right", await ReadAsync(tree, PathOf(1)));
    }

    [Fact]
    public async Task Archive_ThatIsNone_IsAnErrorOnEveryReportAndALine()
    {
        AddStudies(3);
        Origin.Files[Archive] = new byte[1000];
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Contains("no zip", await NoteAsync(), StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report))).Errno);
    }

    [Fact]
    public async Task AllOver_BringsTheArchiveIntoTheStoreAndNeedsTheOriginNoMore()
    {
        AddStudies(500, filler: 40_000);
        var tree = await StartAsync(ReportPlaces.Beside);
        foreach (var study in Scattered)
        {
            Assert.Equal(TextOf(study), await ReadAsync(tree, PathOf(study)));
        }

        await Store.WhenStoredAsync(Archive);
        Refuse(OriginError.Unreachable, _ => true);
        foreach (var study in Enumerable.Range(1, 500))
        {
            Assert.Equal(TextOf(study), await ReadAsync(tree, PathOf(study)));
        }

        Assert.Equal(1, Origin.Fetched.Count(path => path == Archive));
    }

    [Fact]
    public async Task Restart_ArchiveIsInTheStore_NeedsNoOrigin()
    {
        AddStudies(500, filler: 40_000);
        var tree = await StartAsync(ReportPlaces.Beside);
        foreach (var study in Scattered)
        {
            await ReadAsync(tree, PathOf(study));
        }

        await Store.WhenStoredAsync(Archive);
        await EndAsync();
        Directory.Delete(Folder["spool"], recursive: true);
        Directory.Delete(Folder["archives"], recursive: true);
        Refuse(OriginError.Unreachable, _ => true);
        tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(TextOf(499), await ReadAsync(tree, PathOf(499)));
        Assert.Null(await NoteAsync());
    }

    [Fact]
    public async Task AllOver_SpoolSmallerThanTheArchive_ReadsOnInParts()
    {
        AddStudies(500, filler: 40_000);
        var tree = await StartAsync(ReportPlaces.Beside, spoolLimit: 4 << 20);
        foreach (var study in Scattered.Concat(Enumerable.Range(1, 500)))
        {
            Assert.Equal(TextOf(study), await ReadAsync(tree, PathOf(study)));
        }

        Assert.InRange(Parts.Spool.UsedBytes, 0, 4 << 20);
    }

    [Fact]
    public async Task ArchiveInTheSpool_OfAMountOfItsDataSet_IsReadFromThere()
    {
        AddStudies(500, filler: 40_000);
        var tree = await StartAsync(ReportPlaces.Beside, Owner);
        await TreeTest.ReadAsync(tree, Find(tree, "mimic-cxr-reports.zip").Node, 0, 1000);
        await Store.WhenStoredAsync(Archive);
        var jpg = await MountAsync(MemoryOrigin.DataSet);
        Origin.Ranges.Clear();

        Assert.Equal(TextOf(250), await ReadAsync(jpg, PathOf(250)));
        Assert.DoesNotContain(Origin.Ranges, asked => asked.Path == Archive);
    }
}
