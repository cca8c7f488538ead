using System.Text.Json;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>Selections as folders of the mount, used as training code does.</summary>
public sealed class SelectionsTests : EndToEndTest
{
    private OriginServer _origin = null!;
    private DaemonProcess _daemon = null!;
    private string _mountpoint = null!;

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Select_InARunningMount_ShowsTheQuerysImagesAtOnce(string readMode)
    {
        await StartAsync(images: 60, "--read-mode", readMode);
        Assert.DoesNotContain("selections", await ShellAsync("ls"));

        (await _daemon.CliAsync("select", "create", "some", "--view", "PA,AP")).Succeeded();

        var paths = (await _daemon.CliAsync("select", "export", "some", "--format", "paths")).Succeeded().Output;
        Assert.InRange(paths.Split('\n').Length, 5, 55);
        Assert.Contains("selections", await ShellAsync("ls"));
        Assert.Equal(paths, await ShellAsync("cd selections/some && find files -type f | sort"));
        Assert.Equal(paths, await ShellAsync("cd selections/some && find by-split -type l | xargs -n 1 readlink -f | sed 's|.*/some/||' | sort"));
        Assert.Equal((await _daemon.CliAsync("select", "export", "some")).Succeeded().Output, await ShellAsync("cat selections/some/manifest.csv"));
        foreach (var path in paths.TrimEnd().Split('\n'))
        {
            Assert.StartsWith(_origin.Sha256[path], await ShellAsync($"sha256sum < selections/some/{path}"), StringComparison.Ordinal);
        }

        // One file under two names: read once, of the same number.
        Assert.All(_origin.Fetches.Where(file => file.Key.EndsWith(".jpg", StringComparison.Ordinal)), file => Assert.Equal(1, file.Value));
        var first = paths.Split('\n')[0];
        Assert.Equal(await ShellAsync($"stat -c %i {first}"), await ShellAsync($"stat -c %i selections/some/{first}"));
    }

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Delete_InARunningMount_TakesTheNamesAndWhatIsOpenReadsOn(string readMode)
    {
        await StartAsync(images: 30, "--read-mode", readMode);
        (await _daemon.CliAsync("select", "create", "some")).Succeeded();
        var path = (await _daemon.CliAsync("select", "export", "some", "--format", "paths")).Succeeded().Output.Split('\n')[0];
        await using var manifest = File.OpenRead($"{_mountpoint}/selections/some/manifest.csv");
        await using var image = File.OpenRead($"{_mountpoint}/selections/some/{path}");
        await ShellAsync("ls selections selections/some selections/some/by-split");
        var expected = (await _daemon.CliAsync("select", "export", "some")).Succeeded().Output;

        (await _daemon.CliAsync("select", "delete", "some")).Succeeded();

        Assert.DoesNotContain("selections", await ShellAsync("ls"));
        Assert.False(File.Exists($"{_mountpoint}/selections/some/{path}"));
        Assert.Equal(expected, await new StreamReader(manifest).ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_origin.Folder, path), TestContext.Current.CancellationToken), await ReadAsync(image));
        (await _daemon.CliAsync("select", "create", "some", "--split", "validate")).Succeeded();
        Assert.Equal("validate\n", await ShellAsync("ls selections/some/by-split"));
    }

    [Fact]
    public async Task Restart_AfterAKillWithoutTheOrigin_EverythingIsThereUnderTheSameNumbers()
    {
        await StartAsync(images: 30);
        (await _daemon.CliAsync("select", "create", "some", "--view", "PA,AP")).Succeeded();
        // What was read is stored with its size; a size that was only asked for may be lost with a kill, and find asks.
        await ShellAsync("find selections/some/files -type f -exec cat {} + | wc -c");
        await _daemon.UploadedAsync();
        const string Walk = "find selections -printf '%i %p %y %n %l\\n' | sort";
        var before = await ShellAsync(Walk);
        await _daemon.KillAsync();
        await _origin.StopAsync();

        await _daemon.StartAsync();
        await _daemon.MountAsync(_mountpoint);

        Assert.Equal(before, await ShellAsync(Walk));
        Assert.Equal((await _daemon.CliAsync("select", "export", "some")).Succeeded().Output, await ShellAsync("cat selections/some/manifest.csv"));
    }

    [Fact]
    public async Task Training_OnASelectionOf5000_SeesTheQuerysImages()
    {
        await Requires.PythonAsync("torch", "torchvision", "pandas", "PIL");
        await StartAsync(images: 5_300);
        var created = Json.Parse(await _daemon.CliAsync("select", "create", "five", "--limit", "5000", "--json"));
        Assert.Equal(5_000, created.GetProperty("images").GetInt32());
        var images = (await _daemon.CliAsync("select", "export", "five", "--format", "json")).Succeeded().Output
            .TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var folder = $"{_mountpoint}/selections/five";

        var byState = images.GroupBy(image => StateOf(image, "Pneumonia")).ToDictionary(
            state => state.Key, state => state.Select(image => Path.GetFileName(image.GetProperty("path").GetString()!)).Order(StringComparer.Ordinal).ToList());
        var seen = Json.Parse(await Command.PythonAsync("selections.py", "imagefolder", $"{folder}/by-label/Pneumonia"));
        Assert.Equal(4, byState.Count);
        Assert.Equal(byState.Keys.Order(), seen.GetProperty("names").EnumerateObject().Select(state => state.Name).Order());
        Assert.All(byState, state =>
        {
            Assert.Equal(state.Value, seen.GetProperty("names").GetProperty(state.Key).EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal));
            Assert.Equal(state.Value.Count, seen.GetProperty("epoch").GetProperty(state.Key).GetInt32());
        });
        Assert.All(_origin.Fetches.Where(file => file.Key.EndsWith(".jpg", StringComparison.Ordinal)), file => Assert.Equal(1, file.Value));

        var joined = Json.Parse(await Command.PythonAsync("selections.py", "join", $"{folder}/manifest.csv", _mountpoint));
        Assert.Equal(5_000, joined.GetProperty("rows").GetInt32());
        Assert.Empty(joined.GetProperty("different").EnumerateArray());
    }

    [Fact]
    public async Task Training_DatasetOverTheManifest_SeesTheOriginsImagesColdAndWarm()
    {
        await Requires.PythonAsync("torch", "torchvision", "pandas", "PIL");
        await StartAsync(images: 300);
        (await _daemon.CliAsync("select", "create", "some", "--where", "not Pneumonia=none")).Succeeded();
        var manifest = $"{_mountpoint}/selections/some/manifest.csv";

        var here = Json.Parse(await Command.PythonAsync("selections.py", "manifest", manifest, $"{_mountpoint}/selections/some"));
        var there = Json.Parse(await Command.PythonAsync("selections.py", "manifest", manifest, _origin.Folder));

        Assert.Equal(there.GetRawText(), here.GetRawText());
        Assert.Equal(here.GetProperty("cold").GetRawText(), here.GetProperty("warm").GetRawText());
        Assert.InRange(here.GetProperty("cold").GetProperty("positive").GetInt32(), 1, here.GetProperty("rows").GetInt32() - 1);
        Assert.All(_origin.Fetches.Where(file => file.Key.EndsWith(".jpg", StringComparison.Ordinal)), file => Assert.Equal(1, file.Value));
    }

    private static string StateOf(JsonElement image, string label) =>
        image.GetProperty("labels").GetProperty("chexpert").TryGetProperty(label, out var state)
            ? state.GetInt32() switch { 1 => "positive", 0 => "negative", _ => "uncertain" }
            : "not-mentioned";

    private static async Task<byte[]> ReadAsync(Stream file)
    {
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }

    private async Task StartAsync(int images, params string[] options)
    {
        _origin = await StartOriginAsync(images, imageBytes: 2_048);
        _daemon = await StartDaemonAsync(_origin, options);
        _mountpoint = Workspace.Folder("mnt");
        await _daemon.MountAsync(_mountpoint);
    }

    /// <summary>What a command prints that is run in the mount.</summary>
    private async Task<string> ShellAsync(string command) =>
        (await Command.RunAsync("bash", ["-o", "pipefail", "-c", command], _mountpoint)).Succeeded().Output;
}
