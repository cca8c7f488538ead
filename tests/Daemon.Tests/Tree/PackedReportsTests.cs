using System.Formats.Tar;
using System.Text;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Archives;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>Reports of a release that has them as a <c>.tar.gz</c> alone.</summary>
public sealed class PackedReportsTests : ReportsTest
{
    private const string Packed = Owner + "/mimic-cxr-reports.tar.gz";

    [Theory]
    [InlineData("", TarEntryFormat.Ustar)]
    [InlineData("./", TarEntryFormat.Ustar)]
    [InlineData("mimic-cxr-reports/", TarEntryFormat.Pax)]
    [InlineData("./mimic-cxr-reports/", TarEntryFormat.Gnu)]
    [InlineData("", TarEntryFormat.V7)]
    [InlineData("././././././././././././././././././././././././././././././././././././././././././", TarEntryFormat.Gnu)]
    [InlineData("././././././././././././././././././././././././././././././././././././././././././", TarEntryFormat.Ustar)]
    public async Task Read_HoweverTheArchiveWasMade_GivesNamesSizesAndTexts(string top, TarEntryFormat format)
    {
        AddPacked(TarImage.Of([(top + "README.txt", "no report"u8.ToArray()), .. Texts(5, top)], format), studies: 6);
        var tree = await StartAsync(ReportPlaces.Both);

        Assert.Null(await NoteAsync());
        for (var study = 1; study <= 5; study++)
        {
            Assert.Equal(TextOf(study), await ReadAsync(tree, PathOf(study)));
            Assert.Equal(TextOf(study), await ReadAsync(tree, PathOf(study).Replace(".txt", $"/s{50_000_000 + study}.txt", StringComparison.Ordinal)));
            Assert.Equal(TextOf(study).Length, await tree.GetSizeAsync(Find(tree, PathOf(study)).Node, readFollows: false, Token));
        }

        Assert.False(tree.TryResolve(PathOf(6), out _));
    }

    [Fact]
    public async Task Mount_Alone_BringsNoArchive()
    {
        AddPacked(TarImage.Of(Texts(3)), studies: 3);

        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Contains("s50000002.txt", Names(tree, Patient));
        Assert.DoesNotContain(Packed, Origin.Fetched);
    }

    [Fact]
    public async Task ManyReaders_AtOnce_FetchTheArchiveOnceAndHoldUpNoOtherFile()
    {
        AddPacked(TarImage.Of(Texts(300)), studies: 300);
        var arrive = new TaskCompletionSource();
        var tree = await StartAsync(ReportPlaces.Beside);
        Origin.Halfway = path => path == Packed ? arrive.Task : Task.CompletedTask;

        var readers = Enumerable.Range(1, 300).Select(study => ReadAsync(tree, PathOf(study))).ToList();
        Assert.Equal([1], await TreeTest.ReadAsync(tree, Find(tree, Patient + "/s50000001/1.jpg").Node, 0, 10));
        Assert.DoesNotContain(readers, reader => reader.IsCompleted);
        arrive.SetResult();

        Assert.Equal(Enumerable.Range(1, 300).Select(TextOf), await Task.WhenAll(readers));
        Assert.Equal(1, Origin.Fetched.Count(path => path == Packed));
    }

    [Fact]
    public async Task BothArchives_TheZipIsRead()
    {
        AddPacked(TarImage.Of(Texts(3, text: "tarred ")), studies: 3);
        AddArchive([1, 2, 3]);
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
        Assert.DoesNotContain(Origin.Ranges, asked => asked.Path == Packed);
    }

    [Theory]
    [InlineData(Owner)]
    [InlineData(MemoryOrigin.DataSet)]
    public async Task Restart_WithoutTheOrigin_ReadsWhatTheSpoolHas(string dataSet)
    {
        AddPacked(TarImage.Of(Texts(3)), studies: 3);
        Assert.Equal(TextOf(2), await ReadAsync(await StartAsync(ReportPlaces.Beside, dataSet), Report));
        await EndAsync();
        Refuse(OriginError.Unreachable, _ => true);

        Assert.Equal(TextOf(3), await ReadAsync(await StartAsync(ReportPlaces.Beside, dataSet), PathOf(3)));
    }

    [Fact]
    public async Task Restart_WithTheStoreAlone_MakesTheZipAgain()
    {
        AddPacked(TarImage.Of(Texts(3)), studies: 3);
        await ReadAsync(await StartAsync(ReportPlaces.Beside), Report);
        await Store.WhenStoredAsync(Packed);
        await EndAsync();
        Directory.Delete(Folder["spool"], recursive: true);
        Refuse(OriginError.Unreachable, _ => true);

        Assert.Equal(TextOf(3), await ReadAsync(await StartAsync(ReportPlaces.Beside), PathOf(3)));
    }

    [Fact]
    public async Task Restart_AfterAKillWhileTheZipWasMade_UsesNothingOfIt()
    {
        AddPacked(TarImage.Of(Texts(3)), studies: 3);
        await ReadAsync(await StartAsync(ReportPlaces.Beside), Report);
        await EndAsync();
        // What a kill leaves: all blobs as they were, half of the zip under its name of then.
        var partial = Path.Combine(Folder["spool"], "partial");
        foreach (var blob in new DirectoryInfo(Path.Combine(Folder["spool"], "blobs")).GetFiles("*", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(Path.Combine(partial, blob.Name), File.ReadAllBytes(blob.FullName)[..(int)(blob.Length / 2)]);
            blob.Delete();
        }

        Assert.Equal(TextOf(3), await ReadAsync(await StartAsync(ReportPlaces.Beside), PathOf(3)));
        Assert.Empty(Directory.GetFiles(partial));
    }

    [Fact]
    public async Task Restart_DirectoryKeptOfAnotherZip_IsAnErrorAndOpenedAnewTheRightBytes()
    {
        // As after another release of .NET, which packs otherwise.
        AddPacked(TarImage.Of(Texts(3, text: "an earlier report of ")), studies: 3);
        await ReadAsync(await StartAsync(ReportPlaces.Beside), Report);
        await EndAsync();
        Directory.Delete(Folder["spool"], recursive: true);
        Directory.Delete(Folder["catalogs"], recursive: true);
        Array.ForEach(Directory.GetFiles(Folder[""], "index.db*"), File.Delete);
        Store.Objects.Clear();
        AddPacked(TarImage.Of(Texts(3)), studies: 3);
        var tree = await StartAsync(ReportPlaces.Beside, Owner);

        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report))).Errno);
        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
    }

    [Fact]
    public async Task Evicted_IsMadeAgainFromTheArchive()
    {
        AddPacked(TarImage.Of(Texts(300)), studies: 300);
        var tree = await StartAsync(ReportPlaces.Beside);
        Assert.Equal(TextOf(1), await ReadAsync(tree, PathOf(1)));
        await Store.WhenStoredAsync(Packed);
        await EndAsync();
        tree = await StartAsync(ReportPlaces.Beside);
        foreach (var blob in Parts.Spool.Keys())
        {
            Parts.Spool.Evict(blob, evenHeld: true, out _);
        }

        Refuse(OriginError.Unreachable, _ => true);
        Assert.Equal(TextOf(300), await ReadAsync(tree, PathOf(300)));
    }

    [Fact]
    public async Task SpoolTooSmall_MountsWithoutReportsAndANoteSaysWhatToDo()
    {
        AddPacked(TarImage.Of([("filler", CacheHarness.Bytes(200_000)), .. Texts(3)]), studies: 3);

        var tree = await StartAsync(ReportPlaces.Beside, spoolLimit: 300_000);

        Assert.Contains("--spool-size", await NoteAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("s50000002.txt", Names(tree, Patient));
        Assert.Equal([1], await TreeTest.ReadAsync(tree, Find(tree, Patient + "/s50000001/1.jpg").Node, 0, 10));
    }

    [Fact]
    public async Task SpoolTooSmall_FoundOutWhileReading_TakesTheReportsAwayAndSaysSo()
    {
        // All alike: hardly anything together, and a header each in the zip.
        AddPacked(TarImage.Of(Texts(3).Concat(Enumerable.Range(0, 3000).Select(i => ($"files/{i}", new byte[2])))), studies: 3);
        var tree = await StartAsync(ReportPlaces.Beside, spoolLimit: 200_000);
        Assert.Null(await NoteAsync());

        Assert.Equal(Errno.NoSpace, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report))).Errno);

        Assert.Contains("--spool-size", await NoteAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("s50000002.txt", Names(tree, Patient));
        Assert.InRange(Parts.Spool.UsedBytes, 0, 200_000);
    }

    [Theory]
    [InlineData("cut", "whole gzip")]
    [InlineData("no gzip", "whole gzip")]
    [InlineData("no tar", "no tar archive")]
    [InlineData("cut tar", "ends early")]
    [InlineData("other reports", "no reports below files/")]
    [InlineData("huge member", "are read")]
    [InlineData("huge header", "extended header")]
    [InlineData("leads outside", "outside of the archive")]
    [InlineData("twice", "twice")]
    public async Task Damaged_AtItsSource_IsAnInputOutputErrorThatSaysHow(string how, string said)
    {
        var right = TarImage.Of(Texts(3));
        AddPacked(
            how switch
            {
                "cut" => right[..^20],
                "no gzip" => new byte[1000],
                "no tar" => TarImage.Gzip(CacheHarness.Bytes(2000)),
                "cut tar" => TarImage.Gzip(TarImage.Gunzip(right)[..700]),
                "other reports" => TarImage.Of([("elsewhere/s1.txt", [1])]),
                "huge member" => TarImage.WithHeader(right, tar => "77777777777"u8.CopyTo(tar.AsSpan(124))),
                "huge header" => TarImage.WithHeader(right, tar =>
                {
                    tar[156] = (byte)'x';
                    "17777777777"u8.CopyTo(tar.AsSpan(124));
                }),
                "leads outside" => TarImage.Of([.. Texts(3), ("files/../../s1.txt", [1])]),
                _ => TarImage.Of([.. Texts(3), .. Texts(1)]),
            },
            studies: 3);
        var tree = await StartAsync(ReportPlaces.Beside);

        var error = await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report));

        Assert.Equal(Errno.InputOutput, error.Errno);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, await NoteAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongChecksum_IsAnErrorAndTheRightBytesLaterRead()
    {
        AddPacked(TarImage.Of(Texts(3)), studies: 3);
        var right = Origin.Files[Packed];
        Origin.Instead = (path, fetch) => path == Packed ? CacheHarness.Damaged(right, right.Length / 2, (byte)fetch) : null;
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report))).Errno);

        await EndAsync();
        Origin.Instead = (_, _) => null;
        Assert.Equal(TextOf(2), await ReadAsync(await StartAsync(ReportPlaces.Beside), Report));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Texts(int studies, string top = "", string text = "report of ") =>
        Enumerable.Range(1, studies).Select(study => (top + PathOf(study), Encoding.ASCII.GetBytes($"{text}{50_000_000 + study}")));

    private void AddPacked(byte[] archive, int studies)
    {
        AddStudies(studies);
        Assert.True(Origin.Files.TryRemove(Archive, out _));
        Origin.Files[Packed] = archive;
        Origin.AddChecksums(Owner);
    }
}
