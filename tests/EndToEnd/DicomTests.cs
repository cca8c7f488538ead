using MimicCxr.EndToEnd.Fixtures;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.EndToEnd;

/// <summary>mimic-cxr, whose files are large, read as programs do: often the header alone.</summary>
public sealed class DicomTests : EndToEndTest
{
    private const int ImageBytes = 8_000_000;

    private OriginServer _origin = null!;
    private DaemonProcess _daemon = null!;
    private string _mountpoint = null!;

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Pydicom_Headers_FetchALittleOfEachFile(string readMode)
    {
        await StartAsync(readMode);

        await AssertSameAsync("headers");

        Assert.Equal(_origin.Images, _origin.Sent.Keys.Where(path => path.EndsWith(".dcm", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(_origin.Images, path => Assert.InRange(_origin.Sent[path], 1, ImageBytes / 20));
        Assert.All(_origin.Images, path => Assert.Equal(1, _origin.Fetches[path]));
        Assert.Equal(0, DicomsStored());
    }

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Pydicom_HeadersThenPixels_AreTheOriginsAndAllIsStored(string readMode)
    {
        await StartAsync(readMode);
        await AssertSameAsync("headers");

        await AssertSameAsync("pixels");

        await _daemon.UploadedAsync();
        Assert.Equal(_origin.Images.Count, DicomsStored());
        Assert.All(_origin.Images, path => Assert.InRange(_origin.Sent[path], _origin.SizeOf(path), _origin.SizeOf(path) + (ImageBytes / 10)));
    }

    [Fact]
    public async Task Cp_ColdMount_EqualFiles()
    {
        await StartAsync("auto");

        (await Command.RunAsync("cp", ["-r", $"{_mountpoint}/files", Workspace["copy"]])).Succeeded();

        Assert.All(_origin.Images, path => Assert.Equal(_origin.Sha256[path], OriginServer.Hash(Path.Combine(Workspace["copy"], path["files/".Length..]))));
    }

    [Fact]
    public async Task Read_HeaderWasDamaged_PixelsAreAnErrorOnceAndRightThen()
    {
        await StartAsync("page-cache");
        var path = _origin.Images[0];
        _origin.DamageFirstFetch(path);
        await using var damaged = File.OpenRead(Path.Combine(_mountpoint, path));
        damaged.ReadExactly(new byte[1000]);

        Assert.ThrowsAny<IOException>(() =>
        {
            using var rest = new MemoryStream();
            damaged.CopyTo(rest);
        });

        Assert.Equal(_origin.Sha256[path], OriginServer.Hash(Path.Combine(_mountpoint, path)));
    }

    private async Task StartAsync(string readMode)
    {
        await Requires.PythonAsync("pydicom", "numpy");
        _origin = await StartOriginAsync(new SyntheticDataSetOptions { DataSet = DataSetName.Dicom210, Patients = 2, Images = 8, ImageBytes = ImageBytes });
        _daemon = await StartDaemonAsync(_origin, ["--read-mode", readMode, "--reports", "none"]);
        _mountpoint = Workspace.Folder("mnt");
        (await _daemon.CliAsync("mount", _mountpoint, "--dataset", DataSetName.Dicom210.ToString())).Succeeded();
        // While the store is looked through, whatever it may have comes whole.
        (await _daemon.CliAsync("cache", "rebuild-index")).Succeeded();
    }

    private async Task AssertSameAsync(string how) => Assert.Equal(
        (await Command.PythonAsync("dicoms.py", [how, _origin.Folder, .. _origin.Images])).Succeeded().Output,
        (await Command.PythonAsync("dicoms.py", [how, _mountpoint, .. _origin.Images])).Succeeded().Output);

    private int DicomsStored() => Directory.EnumerateFiles(_daemon.State, "*.dcm", SearchOption.AllDirectories).Count();
}
