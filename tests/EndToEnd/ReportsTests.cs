using MimicCxr.EndToEnd.Fixtures;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.EndToEnd;

/// <summary>Each study's report is a file, out of the archive of mimic-cxr.</summary>
public sealed class ReportsTests : EndToEndTest
{
    private const string Jpg = "mimic-cxr-jpg/2.1.0";
    private const string Dicom = "mimic-cxr/2.1.0";

    private static readonly SyntheticDataSetOptions Small = new() { Patients = 20, Images = 60, ImageBytes = 20_000 };

    [Theory]
    [InlineData(Jpg, "beside")]
    [InlineData(Jpg, "inside")]
    [InlineData(Jpg, "both")]
    [InlineData(Dicom, "beside")]
    [InlineData(Dicom, "inside")]
    public async Task Mount_WithReports_HasThemWhereAskedTo(string dataSet, string places)
    {
        var origin = await StartOriginWithReportsAsync(Small);
        var daemon = await StartDaemonAsync(origin, ["--reports", "none"]);
        var mountpoint = Workspace.Folder("mnt");
        var outcome = (await daemon.CliAsync("mount", mountpoint, "--dataset", dataSet, "--reports", places)).Succeeded();
        var beside = await origin.ReportsAsync();
        var inside = beside.Select(path => Path.Combine(path[..^".txt".Length], Path.GetFileName(path)));
        var expected = (places switch { "beside" => beside, "inside" => inside, _ => beside.Concat(inside) }).Order(StringComparer.Ordinal).ToList();

        var found = await Command.RunAsync("bash", ["-c", "find files -type f -name 's*.txt' | LC_ALL=C sort"], mountpoint);
        Assert.Equal(expected, found.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", outcome.Errors);
        if (places != "inside")
        {
            Assert.Equal(await origin.HashOfReportsAsync(beside), await HashAsync(mountpoint, beside));
        }

        if (places != "beside")
        {
            Assert.Equal(await origin.HashOfReportsAsync(beside), await HashAsync(mountpoint, [.. inside]));
        }

        if (dataSet == Jpg)
        {
            // Tools that trust the size of stat copy all of it.
            (await Command.RunAsync("bash", ["-c", $"cp -r files {Workspace["copy"]} && diff -r files {Workspace["copy"]}"], mountpoint)).Succeeded();
        }
    }

    [Fact]
    public async Task Api_Reports_AreTheSameAsInTheMount()
    {
        var origin = await StartOriginWithReportsAsync(Small);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var report = (await origin.ReportsAsync())[7];
        var text = await File.ReadAllTextAsync(Path.Combine(mountpoint, report), TestContext.Current.CancellationToken);

        Assert.Contains("EXAMINATION", text, StringComparison.Ordinal);
        Assert.Equal(text, (await daemon.CliAsync("cat", report)).Succeeded().Output);
        Assert.Contains(Path.GetFileName(report), (await daemon.CliAsync("ls", Path.GetDirectoryName(report)!)).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains($"{text.Length}", (await daemon.CliAsync("stat", report)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllOfMimicCxr_FirstReportAndAllInOrder_TakeFewRequests()
    {
        var origin = await StartOriginWithReportsAsync(new SyntheticDataSetOptions { Patients = 65_379, Images = 377_110, ListsOnly = true });
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var reports = await origin.ReportsAsync();
        Assert.InRange(reports.Count, 227_835, 300_000);

        var first = reports[150_000];
        Assert.Equal(await origin.HashOfReportsAsync([first]), await HashAsync(mountpoint, [first]));
        var forFirst = origin.ReportRequests;
        Assert.InRange(forFirst.Count, 1, 3);
        Assert.InRange(forFirst.Bytes, 1, 1_999_999);

        Assert.Equal(await origin.HashOfReportsAsync(reports), await HashAsync(mountpoint, reports));
        Assert.InRange(origin.ReportRequests.Count - forFirst.Count, 1, new FileInfo(origin.ReportArchive).Length >> 23);

        Assert.Equal(0, await daemon.StopAsync());
        var before = origin.ReportRequests;
        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);
        Assert.Equal(await origin.HashOfReportsAsync([reports[50_000]]), await HashAsync(mountpoint, [reports[50_000]]));
        Assert.Equal(before.Count + 1, origin.ReportRequests.Count);
    }

    [Fact]
    public async Task PrefetchReports_InADaemonOfTheJpgs_ReportsNeedTheOriginNoMore()
    {
        var origin = await StartOriginWithReportsAsync(new SyntheticDataSetOptions { Patients = 2_000, Images = 12_000, ListsOnly = true });
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var reports = await origin.ReportsAsync();

        (await daemon.CliAsync("prefetch", "--reports")).Succeeded();

        await origin.StopAsync();
        Assert.Equal(await origin.HashOfReportsAsync(reports), await HashAsync(mountpoint, reports));
    }

    [Fact]
    public async Task Account_WithoutTheAgreement_MountsWithoutReportsAndIsToldWhy()
    {
        var origin = await StartOriginWithReportsAsync(Small, signed: [Jpg]);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");

        var mounted = (await daemon.CliAsync("mount", mountpoint)).Succeeded();

        var line = Assert.Single(mounted.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Reports are not shown", line, StringComparison.Ordinal);
        Assert.Contains("sign-dua/mimic-cxr/2.1.0", line, StringComparison.Ordinal);
        Assert.Contains(Assert.Single((await daemon.StatusAsync()).Notes), line, StringComparison.Ordinal);
        Assert.Equal("", (await Command.RunAsync("find", ["files", "-name", "*.txt"], mountpoint)).Succeeded().Output);
        await Reading.AssertEqualAsync(mountpoint, origin.Sha256, readers: 2);
    }

    [Fact]
    public async Task Agreement_SignedLater_ReportsAppearInRunningMounts()
    {
        var origin = await StartOriginWithReportsAsync(Small);
        origin.RefuseReports();
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        var reports = await origin.ReportsAsync();
        // The kernel knows now that they are not there.
        var missing = await Command.RunAsync("ls", reports, mountpoint);
        Assert.Equal(2, missing.ExitCode);
        Assert.Equal("", (await Command.RunAsync("find", ["files", "-name", "*.txt"], mountpoint)).Succeeded().Output);

        origin.Repair();
        await daemon.MountAsync(Workspace.Folder("second"));

        await AssertEventuallyAsync(async () => (await Command.RunAsync("bash", ["-c", "find files -name '*.txt' | wc -l"], mountpoint)).Output == $"{reports.Count}\n");
        Assert.Equal(await origin.HashOfReportsAsync(reports), await HashAsync(mountpoint, reports));
        Assert.Empty((await daemon.StatusAsync()).Notes);
    }

    [Fact]
    public async Task Origin_AwayWhenMounted_ReportsReadWhenItIsBack()
    {
        var origin = await StartOriginWithReportsAsync(Small);
        var daemon = await StartDaemonAsync(origin, ["--io-timeout", "3s", "--reports", "none"]);
        await daemon.MountAsync(Workspace.Folder("first"));
        var mountpoint = Workspace.Folder("mnt");
        await origin.StopAsync();
        (await daemon.CliAsync("mount", mountpoint, "--reports", "beside")).Succeeded();
        var report = (await origin.ReportsAsync())[3];

        Assert.NotEmpty((await daemon.StatusAsync()).Notes);
        var failed = await Command.RunAsync("cat", [report], mountpoint);
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));

        await origin.StartAgainAsync();
        await AssertEventuallyAsync(async () => (await Command.RunAsync("cat", [report], mountpoint)).ExitCode == 0);
        Assert.Equal(await origin.HashOfReportsAsync([report]), await HashAsync(mountpoint, [report]));
        Assert.Empty((await daemon.StatusAsync()).Notes);
    }

    [Fact]
    public async Task Archive_Damaged_IsAnIoErrorAndNeverAnotherText()
    {
        var origin = await StartOriginWithReportsAsync(Small);
        var reports = await origin.ReportsAsync();
        var others = reports.Where((_, i) => i != 5).ToList();
        var right = await origin.HashOfReportsAsync(others);
        origin.DamageReport(reports[5]);
        var daemon = await StartDaemonAsync(origin);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);

        var failed = await Command.RunAsync("cat", [reports[5]], mountpoint);
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.Contains("Input/output error", failed.Errors, StringComparison.Ordinal);
        Assert.Contains("archive is damaged", (await daemon.CliAsync("cat", reports[5])).Errors, StringComparison.Ordinal);
        Assert.Equal(right, await HashAsync(mountpoint, others));
    }

    [Theory]
    [InlineData(Jpg)]
    [InlineData(Dicom)]
    public async Task Archive_AsTarGz_ReadsAsAZipDoesAndAfterARestartWithoutTheOrigin(string dataSet)
    {
        var origin = await StartOriginWithReportsAsync(Small with { TarredReports = true });
        var daemon = await StartDaemonAsync(origin, ["--reports", "none"]);
        var mountpoint = Workspace.Folder("mnt");
        var beside = await origin.ReportsAsync();
        var inside = beside.Select(path => Path.Combine(path[..^".txt".Length], Path.GetFileName(path))).ToList();
        var expected = await origin.HashOfReportsAsync(beside);

        Assert.Equal("", (await daemon.CliAsync("mount", mountpoint, "--dataset", dataSet, "--reports", "both")).Succeeded().Errors);
        var found = await Command.RunAsync("bash", ["-c", "find files -type f -name 's*.txt' | LC_ALL=C sort"], mountpoint);
        Assert.Equal(beside.Concat(inside).Order(StringComparer.Ordinal), found.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected, await HashAsync(mountpoint, beside));
        Assert.Equal(expected, await HashAsync(mountpoint, inside));
        Assert.Empty((await daemon.StatusAsync()).Notes);

        Assert.Equal(0, await daemon.StopAsync());
        await origin.StopAsync();
        await daemon.StartAsync();
        (await daemon.CliAsync("mount", mountpoint, "--dataset", dataSet, "--reports", "both")).Succeeded();
        Assert.Equal(expected, await HashAsync(mountpoint, inside));
    }

    /// <summary>SHA-256 of files, one after the other, as programs read them.</summary>
    private static async Task<string> HashAsync(string folder, IReadOnlyList<string> paths)
    {
        var outcome = await Command.RunAsync(
            "bash", ["-o", "pipefail", "-c", "xargs -0 cat -- | sha256sum"], folder, string.Concat(paths.Select(path => path + '\0')));
        return outcome.Succeeded().Output[..64];
    }

    private static async Task AssertEventuallyAsync(Func<Task<bool>> isTrue)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isTrue())
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
