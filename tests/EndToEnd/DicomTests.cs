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

        await AssertSameAsync("headers", [.. _origin.Images]);

        Assert.Equal(_origin.Images, SentDicoms().Keys);
        Assert.All(SentDicoms().Values, sent => Assert.InRange(sent, 1, ImageBytes / 20));
        Assert.All(_origin.Images, path => Assert.Equal(1, _origin.Fetches[path]));
        Assert.Equal(0, DicomsStored());
    }

    [Theory]
    [InlineData("page-cache")]
    [InlineData("passthrough")]
    public async Task Pydicom_HeadersThenPixels_AreTheOriginsAndAllIsStored(string readMode)
    {
        await StartAsync(readMode);
        await AssertSameAsync("headers", [.. _origin.Images]);

        await AssertSameAsync("pixels", [.. _origin.Images]);

        await _daemon.UploadedAsync();
        Assert.Equal(_origin.Images.Count, DicomsStored());
        Assert.All(_origin.Images, path => Assert.InRange(_origin.Sent[path], _origin.SizeOf(path), _origin.SizeOf(path) + (ImageBytes / 10)));
    }

    /// <summary>As users have it: walk a patient's folder, look at every header, then at the picture of one.</summary>
    [Fact]
    public async Task Pydicom_OverAPatient_HeadersOfAllAndPixelsOfOneColdAndWarm()
    {
        await StartAsync("auto", "beside");
        var patient = string.Join('/', _origin.Images[0].Split('/').Take(3));
        var images = _origin.Images.Where(path => path.StartsWith(patient + "/", StringComparison.Ordinal)).ToList();

        await AssertSameAsync("headers", patient);

        Assert.Equal(images, SentDicoms().Keys);
        Assert.All(SentDicoms().Values, sent => Assert.InRange(sent, 1, ImageBytes / 20));
        await AssertSameAsync("pixels", images[^1]);
        var sent = SentDicoms();
        Assert.InRange(sent[images[^1]], ImageBytes, ImageBytes * 11 / 10);

        await AssertSameAsync("headers", patient);
        await AssertSameAsync("pixels", images[^1]);
        Assert.Equal(sent, SentDicoms());
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

    private async Task StartAsync(string readMode, string reports = "none")
    {
        await Requires.PythonAsync("pydicom", "numpy");
        _origin = await StartOriginAsync(new SyntheticDataSetOptions { DataSet = DataSetName.Dicom210, Patients = 2, Images = 8, ImageBytes = ImageBytes });
        _daemon = await StartDaemonAsync(_origin, ["--read-mode", readMode, "--reports", reports]);
        _mountpoint = Workspace.Folder("mnt");
        (await _daemon.CliAsync("mount", _mountpoint, "--dataset", DataSetName.Dicom210.ToString())).Succeeded();
        // While the store is looked through, whatever it may have comes whole.
        (await _daemon.CliAsync("cache", "rebuild-index")).Succeeded();
    }

    private async Task AssertSameAsync(string how, params string[] paths)
    {
        var expected = (await Command.PythonAsync("dicoms.py", [how, _origin.Folder, .. paths])).Succeeded().Output;
        Assert.NotEqual("", expected);
        Assert.Equal(expected, (await Command.PythonAsync("dicoms.py", [how, _mountpoint, .. paths])).Succeeded().Output);
    }

    /// <summary>How many bytes of each DICOM were sent.</summary>
    private SortedDictionary<string, long> SentDicoms() => new(
        _origin.Sent.Where(sent => sent.Key.EndsWith(".dcm", StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal);

    private int DicomsStored() => Directory.EnumerateFiles(_daemon.State, "*.dcm", SearchOption.AllDirectories).Count();
}
