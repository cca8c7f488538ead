using System.Globalization;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Each table is there unpacked as well, for programs that expect it so.</summary>
public sealed class TablesTests : EndToEndTest
{
    private const string Table = "mimic-cxr-2.0.0-metadata.csv";

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Mount_Table_ReadsAsZcatGivesIt(string readMode)
    {
        var (origin, daemon, mountpoint) = await StartAsync("--read-mode", readMode);
        var packed = origin.FileOf(Table + ".gz");

        await AssertSameAsync(mountpoint, $"find . -name '{Table}'", $"echo ./{Table}");
        await AssertSameAsync(mountpoint, $"head -2 {Table}", $"zcat {packed} | sed -n 1,2p");
        await AssertSameAsync(mountpoint, $"stat -c %s {Table}", $"zcat {packed} | wc -c");
        await AssertSameAsync(mountpoint, $"awk -F, '{{ print $1 }}' {Table} | sha256sum", $"zcat {packed} | awk -F, '{{ print $1 }}' | sha256sum");
        await AssertSameAsync(mountpoint, $"tail -c 100 {Table}", $"zcat {packed} | tail -c 100");
        Assert.Equal(
            (await Command.RunAsync("zcat", [packed])).Succeeded().Output,
            (await daemon.CliAsync("cat", Table)).Succeeded().Output);
        Assert.Contains(Table + "\n", (await daemon.CliAsync("ls")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DuckDb_BothNamesOfATable_CountsWhatTheTableHas()
    {
        const string Labels = "mimic-cxr-2.0.0-chexpert.csv";
        const string Finding = "Support Devices";
        await Requires.NodePackagesAsync("duckdb");
        var (origin, _, mountpoint) = await StartAsync();
        var rows = (await Command.RunAsync("zcat", [origin.FileOf(Labels + ".gz")])).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(','))
            .ToList();
        var (study, finding) = (Array.IndexOf(rows[0], "study_id"), Array.IndexOf(rows[0], Finding));
        rows.RemoveAt(0);

        var counted = (await Command.RunAsync(
            "node", [Command.PathOf("duckdb/tables.mjs"), Finding, $"{mountpoint}/{Labels}", $"{mountpoint}/{Labels}.gz"])).Succeeded().Output;

        var expected = $"{rows.Count} {rows.Sum(row => long.Parse(row[study], CultureInfo.InvariantCulture))} {rows.Count(row => row[finding].Length > 0)}\n";
        Assert.Equal(expected + expected, counted);
    }

    [Fact]
    public async Task Restart_AfterAKillWithoutTheOrigin_TablesReadOn()
    {
        var (origin, daemon, mountpoint) = await StartAsync();
        await AssertSameAsync(mountpoint, $"sha256sum < {Table}", $"zcat {origin.FileOf(Table + ".gz")} | sha256sum");
        await daemon.KillAsync();
        await origin.StopAsync();

        await daemon.StartAsync();
        await daemon.MountAsync(mountpoint);

        await AssertSameAsync(mountpoint, $"stat -c %s {Table}", $"zcat {origin.FileOf(Table + ".gz")} | wc -c");
        await AssertSameAsync(mountpoint, $"sha256sum < {Table}", $"zcat {origin.FileOf(Table + ".gz")} | sha256sum");
    }

    [Fact]
    public async Task PrefetchAndVerify_OfEverything_CountTheListsFilesOnly()
    {
        var (origin, daemon, mountpoint) = await StartAsync();
        (await Command.RunAsync("sha256sum", [$"{mountpoint}/{Table}"])).Succeeded();

        (await daemon.CliAsync("prefetch", "--all")).Succeeded();
        (await daemon.CliAsync("verify")).Succeeded();

        Assert.Equal(origin.Sha256.Count, (await daemon.StatusAsync()).StoreObjects);
    }

    private async Task<(OriginServer Origin, DaemonProcess Daemon, string Mountpoint)> StartAsync(params string[] options)
    {
        var origin = await StartOriginAsync(images: 30, imageBytes: 20_000);
        var daemon = await StartDaemonAsync(origin, options);
        var mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(mountpoint);
        return (origin, daemon, mountpoint);
    }

    private static async Task AssertSameAsync(string mountpoint, string there, string expected)
    {
        var read = (await Command.RunAsync("bash", ["-o", "pipefail", "-c", there], mountpoint)).Succeeded().Output;
        Assert.NotEqual("", read);
        Assert.Equal((await Command.RunAsync("bash", ["-o", "pipefail", "-c", expected], mountpoint)).Succeeded().Output, read);
    }
}
