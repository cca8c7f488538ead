using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>What a mount shows of reports.</summary>
public sealed class ReportFilesTests : ReportsTest
{
    [Fact]
    public async Task Beside_EachStudy_HasItsReportWithItsSize()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(["s50000001", "s50000002", "s50000003", "s50000001.txt", "s50000002.txt", "s50000003.txt"], Names(tree, Patient));
        Assert.Equal(["1.jpg"], Names(tree, Patient + "/s50000002"));
        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
        Assert.Equal(TextOf(2).Length, Find(tree, Report).Size);
        Assert.False(tree.TryResolve(Patient + "/s50000009.txt", out _));
        Assert.False(tree.TryResolve("files/p10/p10000001.txt", out _));
        Assert.False(tree.TryResolve(Patient + "/s50000002/s50000002.txt", out _));
        Assert.Null(await NoteAsync());
    }

    [Fact]
    public async Task Inside_EachStudy_HasItsReport()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Inside);

        Assert.Equal(["s50000001", "s50000002", "s50000003"], Names(tree, Patient));
        Assert.Equal(["1.jpg", "s50000002.txt"], Names(tree, Patient + "/s50000002"));
        Assert.Equal(TextOf(2), await ReadAsync(tree, Patient + "/s50000002/s50000002.txt"));
        Assert.False(tree.TryResolve(Report, out _));
    }

    [Fact]
    public async Task Both_OneReport_IsTwoFiles()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Both);

        Assert.NotEqual(Find(tree, Report).Node, Find(tree, Patient + "/s50000002/s50000002.txt").Node);
        Assert.Equal(await ReadAsync(tree, Report), await ReadAsync(tree, Patient + "/s50000002/s50000002.txt"));
    }

    [Fact]
    public async Task None_NothingIsShownOrAsked()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.None);

        Assert.Equal(["s50000001", "s50000002", "s50000003"], Names(tree, Patient));
        Assert.False(tree.TryResolve(Report, out _));
        Assert.Equal(0, Requests);
        Assert.Null(await NoteAsync());
    }

    [Fact]
    public async Task Mounts_OfOneDataSet_EachShowThemWhereItWasAskedTo()
    {
        AddStudies(3);
        var beside = await StartAsync(ReportPlaces.Beside);
        var inside = await MountAsync(places: ReportPlaces.Inside);
        var none = await MountAsync(places: ReportPlaces.None);

        Assert.Equal(TextOf(2), await ReadAsync(beside, Report));
        Assert.Equal(TextOf(2), await ReadAsync(inside, Patient + "/s50000002/s50000002.txt"));
        Assert.False(inside.TryResolve(Report, out _));
        Assert.False(none.TryResolve(Report, out _));
    }

    [Fact]
    public async Task DataSetThatHasTheArchive_ShowsReportsAndTheArchive()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Beside, Owner);

        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
        Assert.Equal(Origin.Files[Archive], await TreeTest.ReadAsync(tree, Find(tree, "mimic-cxr-reports.zip").Node, 0, 1 << 20));
    }

    [Theory]
    [InlineData(nameof(OriginError.AgreementNotSigned), nameof(OriginError.AgreementNotSigned))]
    [InlineData(nameof(OriginError.NotSignedIn), nameof(OriginError.NotSignedIn))]
    [InlineData(nameof(OriginError.NotFound), "no mimic-cxr-reports.zip in mimic-cxr 2.1.0")]
    public async Task Refused_IsTheTreeWithoutReportsAndALine(string error, string line)
    {
        AddStudies(3);
        Refuse(Enum.Parse<OriginError>(error));

        var tree = await StartAsync(ReportPlaces.Both);

        Assert.Contains(line, await NoteAsync(), StringComparison.Ordinal);
        Assert.Equal(["s50000001", "s50000002", "s50000003"], Names(tree, Patient));
        Assert.Equal(["1.jpg"], Names(tree, Patient + "/s50000002"));
        Assert.False(tree.TryResolve(Report, out _));
    }

    [Fact]
    public async Task Refused_MountedAgainWhenSigned_AppearInAllMounts()
    {
        AddStudies(3);
        Refuse(OriginError.AgreementNotSigned);
        var tree = await StartAsync(ReportPlaces.Both);
        var kernel = new ForgettingKernel(names: 6);
        tree.Mounted(kernel);

        Serve();
        var second = await MountAsync();

        Assert.Equal(TextOf(2), await ReadAsync(second, Report));
        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
        Assert.Null(await NoteAsync());
        Assert.Contains($"{Find(tree, Patient).Node.Value}/s50000003.txt", await kernel.ForgottenAsync());
        Assert.Contains($"{Find(tree, Patient + "/s50000003").Node.Value}/s50000003.txt", await kernel.ForgottenAsync());
    }

    [Fact]
    public async Task OriginAway_NamesAreThereReadsFailAndItsReturnIsEnough()
    {
        AddStudies(3);
        await StartAsync(ReportPlaces.None);
        Refuse(OriginError.Unreachable);
        var tree = await MountAsync(places: ReportPlaces.Beside);

        Assert.Contains("s50000002.txt", Names(tree, Patient));
        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, Report))).Errno);

        Serve();
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(TextOf(2), await ReadAsync(tree, Report));
    }

    [Fact]
    public async Task OriginDoesNotAnswer_MountComesAllTheSame()
    {
        AddStudies(3);
        var answer = new TaskCompletionSource();
        Origin.BeforeFetch = path => path == Archive ? answer.Task : Task.CompletedTask;
        var mounting = StartAsync(ReportPlaces.Beside);
        await Time.WhenWaitingAsync(due => due > TimeSpan.Zero);
        Time.Advance(TimeSpan.FromMinutes(1));

        var tree = await mounting;
        Assert.Equal("Reports can be read as soon as the origin answers.", await NoteAsync());
        var reading = ReadAsync(tree, Report);
        answer.SetResult();

        Assert.Equal(TextOf(2), await reading);
        Assert.Null(await NoteAsync());
    }

    [Fact]
    public async Task Study_WithoutAReport_ShowsNone()
    {
        AddStudies(3);
        AddArchive([1, 2]);
        var tree = await StartAsync(ReportPlaces.Beside);

        Assert.Equal(["s50000001", "s50000002", "s50000003", "s50000001.txt", "s50000002.txt"], Names(tree, Patient));
        Assert.False(tree.TryResolve(Patient + "/s50000003.txt", out _));
    }

    [Fact]
    public async Task Study_WhoseLackOfAReportIsFoundOut_VanishesFromTheKernelToo()
    {
        AddStudies(5000);
        AddArchive(Enumerable.Range(1, 5000).Where(study => study != 2500));
        var tree = await StartAsync(ReportPlaces.Beside);
        var kernel = new ForgettingKernel(names: 1);
        tree.Mounted(kernel);

        var missing = Find(tree, PathOf(2500)).Node;
        var error = await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(missing, readFollows: false, Token).AsTask());

        Assert.Equal(Errno.NoEntry, error.Errno);
        Assert.EndsWith("/s50002500.txt", Assert.Single(await kernel.ForgottenAsync()), StringComparison.Ordinal);
        Assert.False(tree.TryResolve(PathOf(2500), out _));
    }

    [Fact]
    public async Task Node_OfAnotherDirectoryOrNone_IsRefused()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Beside);
        var patient = Find(tree, Patient).Node.Value - 1;

        Assert.False(tree.TryGetAttributes(LayerNumber.Reports.Node(patient << 1), out _));
        Assert.False(tree.TryGetAttributes(LayerNumber.Reports.Node(uint.MaxValue), out _));
        Assert.Equal(Errno.InvalidArgument, tree.TryRead(LayerNumber.Reports.Node(patient << 1), 0, new byte[1]).Error);
    }

    [Fact]
    public async Task Tree_AskedForAgainAndAgain_AllocatesNothing()
    {
        AddStudies(3);
        var tree = await StartAsync(ReportPlaces.Both);
        await ReadAsync(tree, Report);
        var (patient, study, report) = (Find(tree, Patient).Node, Find(tree, Patient + "/s50000002").Node, Find(tree, Report).Node);
        var buffer = new byte[4096];

        Assert.Equal(0, Allocated.BytesOf(Ask));

        void Ask()
        {
            Assert.True(tree.TryLookup(patient, "s50000002"u8, out _));
            Assert.True(tree.TryLookup(patient, "s50000002.txt"u8, out _));
            Assert.True(tree.TryLookup(study, "s50000002.txt"u8, out _));
            Assert.False(tree.TryLookup(patient, "missing.txt"u8, out _));
            Assert.True(tree.TryGetAttributes(report, out _));
            Assert.True(tree.TryGetAttributes(patient, out _));
            var listing = new DirectoryListing(buffer);
            Assert.True(tree.TryReadDirectory(patient, 0, ref listing));
            listing = new DirectoryListing(buffer);
            Assert.True(tree.TryReadDirectory(study, 0, ref listing));
            Assert.True(tree.TryRead(report, 0, buffer).Bytes > 0);
        }
    }
}
