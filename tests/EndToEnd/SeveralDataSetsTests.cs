using MimicCxr.EndToEnd.Fixtures;
using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.EndToEnd;

/// <summary>One daemon, mounts of three data sets, one spool, one store.</summary>
public sealed class SeveralDataSetsTests : EndToEndTest
{
    private const string Jpg = "mimic-cxr-jpg/2.1.0";
    private const string Dicom = "mimic-cxr/2.1.0";
    private const string Indiana = "indiana/2";

    private static readonly SyntheticDataSetOptions Options = new() { Patients = 10, Images = 30, ImageBytes = 200_000 };

    [Fact]
    public async Task Mounts_OfThreeDataSets_ReadRightWithinOneSpoolAndAfterAKillFromTheStoreAlone()
    {
        var (origin, kaggle, files) = await StartOriginsAsync();
        var daemon = await StartDaemonAsync(origin, ["--kaggle-endpoint", kaggle.Url.ToString(), "--spool-size", "4MiB", "--reports", "none"], kaggle.Account);
        await MountAllAsync(daemon);

        var status = await daemon.StatusAsync();
        Assert.Equal(files.Keys.Order(), status.DataSets.Order());
        Assert.Equal(files.Keys.Select(name => (Mountpoint(name), name)).Order(), status.Mounts.Order());
        var reading = Task.WhenAll(files.Select(dataSet => Reading.AssertEqualAsync(Mountpoint(dataSet.Key), dataSet.Value, readers: 2)));
        var samples = new List<long>();
        while (!reading.IsCompleted)
        {
            samples.Add((await daemon.StatusAsync()).SpoolBytes);
        }

        await reading;
        Assert.All(samples, bytes => Assert.InRange(bytes, 0, status.SpoolLimit));
        foreach (var name in files.Keys)
        {
            (await daemon.CliAsync("prefetch", "--all", "--dataset", name)).Succeeded();
        }

        await daemon.UploadedAsync();
        Assert.Equal(files.Values.Sum(dataSet => dataSet.Count) + 1, (await daemon.StatusAsync()).StoreObjects);
        await daemon.KillAsync();
        await origin.StopAsync();
        await kaggle.StopAsync();
        Directory.Delete(daemon.Spool, recursive: true);
        await daemon.StartAsync();
        await MountAllAsync(daemon);

        await Task.WhenAll(files.Select(dataSet => Reading.AssertEqualAsync(Mountpoint(dataSet.Key), dataSet.Value, readers: 2)));
    }

    [Fact]
    public async Task Commands_WithADataSet_AreAboutThatOne()
    {
        var (origin, kaggle, files) = await StartOriginsAsync();
        var daemon = await StartDaemonAsync(origin, ["--kaggle-endpoint", kaggle.Url.ToString(), "--reports", "none"], kaggle.Account);
        await MountAllAsync(daemon);

        foreach (var (name, expected) in files)
        {
            var before = (await daemon.UploadedAsync()).StoreObjects;
            var image = expected.Keys.Where(path => Path.GetExtension(path) is ".jpg" or ".dcm" or ".png").Order(StringComparer.Ordinal).First();
            (await daemon.CliAsync("prefetch", image, "--dataset", name)).Succeeded();
            Assert.Equal(before + 1, (await daemon.StatusAsync()).StoreObjects);
            (await daemon.CliAsync("stat", image, "--dataset", name)).Succeeded();
            // The mount point tells the data set too, or that another one is meant.
            var other = await daemon.CliAsync("prefetch", Path.Combine(Mountpoint(name), image), "--dataset", files.Keys.First(another => another != name));
            Assert.Equal(2, other.ExitCode);
            Assert.Contains($"--dataset {name}", other.Errors, StringComparison.Ordinal);
            (await daemon.CliAsync("verify", image, "--dataset", name)).Succeeded();
            (await daemon.CliAsync("select", "create", "some", "--limit", "3", "--dataset", name)).Succeeded();
        }

        foreach (var (name, expected) in files)
        {
            var selection = Path.Combine(Mountpoint(name), "selections/some");
            var images = Directory.EnumerateFiles(Path.Combine(selection, name == Indiana ? "images" : "files"), "*", SearchOption.AllDirectories).ToList();
            Assert.InRange(images.Count, 1, 3);
            Assert.All(images, path => Assert.Equal(expected[Path.GetRelativePath(selection, path)], OriginServer.Hash(path)));
        }
    }

    private string Mountpoint(string dataSet) => Workspace[dataSet.Split('/')[0]];

    private async Task MountAllAsync(DaemonProcess daemon)
    {
        foreach (var name in new[] { Jpg, Dicom, Indiana })
        {
            (await daemon.CliAsync("mount", Mountpoint(name), "--dataset", name)).Succeeded();
        }
    }

    /// <summary>The origins, and by data set the SHA-256 of its files.</summary>
    private async Task<(OriginServer PhysioNet, KaggleServer Kaggle, Dictionary<string, IReadOnlyDictionary<string, string>> Files)> StartOriginsAsync()
    {
        var origin = await StartOriginAsync(Options);
        var dicoms = await origin.AddAsync(Options with { DataSet = DataSetName.Dicom210 });
        var kaggle = await StartKaggleAsync(images: 30, imageBytes: 200_000);
        return (origin, kaggle, new() { [Jpg] = origin.Sha256, [Dicom] = dicoms, [Indiana] = kaggle.Sha256 });
    }
}
