using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>
/// What people do with a data set, done with the programs they do it with, each on a mount that has read nothing
/// yet; judged by what the same program makes of the same files on an ordinary file system.
/// </summary>
public sealed class ProgramsTests : EndToEndTest
{
    private OriginServer _origin = null!;
    private string _mountpoint = null!;

    [Fact]
    public async Task CpRecursive_ColdMount_EqualTree()
    {
        await MountColdAsync();
        (await Command.RunAsync("cp", ["-r", $"{_mountpoint}/.", Workspace.Folder("copy")])).Succeeded();
        await AssertSameTreeAsync(Workspace["copy"]);
    }

    [Fact]
    public async Task Tar_ColdMount_EqualTree()
    {
        await MountColdAsync();
        (await Command.RunAsync("tar", ["-C", _mountpoint, "-cf", Workspace["mount.tar"], "."])).Succeeded();
        (await Command.RunAsync("tar", ["-C", Workspace.Folder("copy"), "-xf", Workspace["mount.tar"]])).Succeeded();
        await AssertSameTreeAsync(Workspace["copy"]);
    }

    [Fact]
    public async Task Rsync_ColdMount_EqualTreeAndNothingLeftForASecondRun()
    {
        Requires.Programs("rsync");
        await MountColdAsync();
        (await Command.RunAsync("rsync", ["-a", $"{_mountpoint}/", Workspace.Folder("copy")])).Succeeded();
        await AssertSameTreeAsync(Workspace["copy"]);

        // Sizes and times are what they were before the files had been read.
        var again = (await Command.RunAsync("rsync", ["-a", "--itemize-changes", $"{_mountpoint}/", Workspace["copy"]])).Succeeded();
        Assert.Equal("", again.Output);
    }

    [Fact]
    public async Task GrepRecursive_ColdMount_SameCountsInEveryFile()
    {
        var counts = await AssertSameOutputAsync("grep -r -a -c -E 'patient|Pneumonia|p1[0-9]+' . | sort");
        Assert.Contains(counts.Split('\n'), line => line.StartsWith("./files/", StringComparison.Ordinal) && !line.EndsWith(":0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Find_ColdMount_SameNamesTypesAndSizes()
    {
        var names = await AssertSameOutputAsync("find . -printf '%y %p\\n' | sort && find . -type f -printf '%s %p\\n' | sort");
        Assert.Contains("./SHA256SUMS.txt", names, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Du_ColdMount_SameSizes()
    {
        var sizes = await AssertSameOutputAsync("find . -type f -print0 | sort -z | du -b --files0-from=-");
        Assert.Contains("./SHA256SUMS.txt", sizes, StringComparison.Ordinal);

        // Sizes may come from fetches while reads are expected to follow; that none do is noticed before long.
        Assert.InRange(_origin.Fetches.Keys.Count(_origin.Images.Contains), 0, _origin.Images.Count / 2);
    }

    [Theory]
    [InlineData("open", "hashlib")]
    [InlineData("mmap", "mmap")]
    [InlineData("pil", "PIL.Image")]
    [InlineData("pandas", "pandas")]
    public async Task Python_ColdMount_SameContents(string how, string module)
    {
        await Requires.PythonAsync(module);
        await MountColdAsync();
        var fromMount = (await Command.PythonAsync("training.py", how, _mountpoint)).Succeeded();
        var fromDisk = (await Command.PythonAsync("training.py", how, await ReferenceAsync())).Succeeded();
        Assert.Equal(fromDisk.Output, fromMount.Output);
        Assert.DoesNotContain("\n0 files", "\n" + fromMount.Output, StringComparison.Ordinal);
    }

    private async Task MountColdAsync()
    {
        _origin = await StartOriginAsync(images: 40, imageBytes: 100_000);
        var daemon = await StartDaemonAsync(_origin);
        _mountpoint = Workspace.Folder("mnt");
        await daemon.MountAsync(_mountpoint);
    }

    /// <summary>The data set as it must look: with its tables unpacked beside themselves.</summary>
    private async Task<string> ReferenceAsync()
    {
        var reference = Workspace["reference"];
        if (!Directory.Exists(reference))
        {
            (await Command.RunAsync("cp", ["-r", _origin.Folder, reference])).Succeeded();
            (await Command.RunAsync("gunzip", ["-k", .. Directory.EnumerateFiles(reference, "*.csv.gz")])).Succeeded();
        }

        return reference;
    }

    private async Task AssertSameTreeAsync(string copy) =>
        Assert.Equal("", (await Command.RunAsync("diff", ["-r", await ReferenceAsync(), copy])).Succeeded().Output);

    private async Task<string> AssertSameOutputAsync(string script)
    {
        await MountColdAsync();
        var fromMount = (await Command.RunAsync("bash", ["-o", "pipefail", "-c", script], _mountpoint)).Succeeded();
        var fromDisk = (await Command.RunAsync("bash", ["-o", "pipefail", "-c", script], await ReferenceAsync())).Succeeded();
        Assert.Equal(fromDisk.Output, fromMount.Output);
        return fromMount.Output;
    }
}
