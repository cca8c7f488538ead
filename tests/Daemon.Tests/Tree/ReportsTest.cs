using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Archives;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>mimic-cxr-jpg and mimic-cxr with the same studies, three a patient, and the archive of their reports.</summary>
public abstract class ReportsTest : IAsyncDisposable
{
    private protected const string Owner = "mimic-cxr/2.1.0";
    private protected const string Archive = Owner + "/mimic-cxr-reports.zip";
    private protected const string Patient = "files/p10/p10000001";
    private protected const string Report = Patient + "/s50000002.txt";

    private readonly List<CacheHarness> _runs = [];

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TemporaryFolder Folder { get; } = new();

    private protected MemoryOrigin Origin { get; } = new();

    private protected MemoryStore Store { get; } = new();

    private protected ManualTime Time { get; } = new();

    /// <summary>The parts of the run that was started last.</summary>
    private protected CacheHarness Parts => _runs[^1];

    /// <summary>Its reports.</summary>
    private protected ReportLayers Reports { get; private set; } = null!;

    /// <summary>Requests for the archive, or parts of it.</summary>
    private protected int Requests => Origin.Ranges.Count(asked => asked.Path == Archive) + Origin.Fetched.Count(path => path == Archive);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string PathOf(int study) => $"files/p10/p{10_000_001 + ((study - 1) / 3)}/s{50_000_000 + study}.txt";

    private protected static string TextOf(int study) => $"report of {50_000_000 + study}";

    private protected static List<string> Names(LayeredTree tree, string directory) =>
        [.. TreeTest.ListAll(tree, Find(tree, directory).Node, 400).Select(entry => entry.Name)];

    private protected static NodeAttributes Find(LayeredTree tree, string path)
    {
        Assert.True(tree.TryResolve(path, out var found), path);
        return found;
    }

    private protected static async Task<string> ReadAsync(LayeredTree tree, string path) =>
        Encoding.ASCII.GetString(await TreeTest.ReadAsync(tree, Find(tree, path).Node, 0, 4096));

    /// <summary>The origin's files: with room between the reports, so that they are not all one run.</summary>
    private protected void AddStudies(int studies, int filler = 0)
    {
        for (var study = 1; study <= studies; study++)
        {
            Origin.Add(PathOf(study).Replace(".txt", "/1.jpg", StringComparison.Ordinal), [1]);
            Origin.Files[$"{Owner}/{PathOf(study).Replace(".txt", "/1.dcm", StringComparison.Ordinal)}"] = [1];
        }

        Origin.AddChecksums();
        AddArchive(Enumerable.Range(1, studies), "report of ", filler);
    }

    private protected void AddArchive(IEnumerable<int> studies, string text = "report of ", int filler = 0)
    {
        var image = new ZipImage();
        foreach (var study in studies)
        {
            image.Add(PathOf(study), Encoding.ASCII.GetBytes(text + (50_000_000 + study)), CompressionLevel.NoCompression);
            if (filler > 0)
            {
                image.Add(PathOf(study) + ".filler", new byte[filler], CompressionLevel.NoCompression);
            }
        }

        Origin.Files[Archive] = image.ToArray();
        Origin.AddChecksums(Owner);
    }

    /// <summary>The origin refuses the archive, or all that a filter says.</summary>
    private protected void Refuse(OriginError error, Func<string, bool>? what = null) => Origin.BeforeFetch = path =>
        (what ?? (asked => asked == Archive))(path) ? throw new OriginException(error, error.ToString()) : Task.CompletedTask;

    private protected void Serve() => Origin.BeforeFetch = _ => Task.CompletedTask;

    /// <summary>A run of the daemon, and a mount of a data set in it.</summary>
    private protected async Task<LayeredTree> StartAsync(ReportPlaces places, string dataSet = MemoryOrigin.DataSet, long spoolLimit = 64 << 20)
    {
        var setup = new CacheHarness.Setup { SpoolLimit = spoolLimit, MoreLayers = (definition, blobs) => [Reports.For(definition, blobs)] };
        var parts = new CacheHarness(Folder, Origin, Store, setup);
        _runs.Add(parts);
        Reports = new ReportLayers(
            places, Origin, parts.Cache, parts.Unpacker, (definition, token) => parts.DataSets.OpenAsync(definition, token), Folder["archives"], Time, NullLogger.Instance, Token);
        await parts.DataSets.OpenKnownAsync();
        return await MountAsync(dataSet);
    }

    /// <summary>Another mount in the same run.</summary>
    private protected async Task<LayeredTree> MountAsync(string dataSet = MemoryOrigin.DataSet, ReportPlaces? places = null)
    {
        Assert.True(DataSetId.TryParse(dataSet, out var id));
        var opened = await Parts.DataSets.OpenAsync(DataSetDefinition.Find(id)!, Token);
        opened = places is { } wanted ? Reports.Place(opened, wanted) : opened;
        await opened.PrepareAsync(again: true, Token);
        return new LayeredTree(opened, Parts.Cache, Parts.DirectorySizes);
    }

    /// <summary>What the user is told.</summary>
    private protected async Task<string?> NoteAsync()
    {
        var opened = await Parts.OpenAsync();
        return opened.Layers.OfType<ReportFiles>().Single().Note;
    }

    private protected async Task EndAsync()
    {
        foreach (var parts in _runs)
        {
            await parts.DisposeAsync();
        }

        _runs.Clear();
    }

    /// <summary>What a kernel was told to forget: completes when it was told of so many names.</summary>
    private protected sealed class ForgettingKernel(int names) : IKernelCache
    {
        private readonly Lock _lock = new();
        private readonly List<string> _forgotten = [];
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<IReadOnlyList<string>> ForgottenAsync()
        {
            await _told.Task.WaitAsync(Token);
            lock (_lock)
            {
                return [.. _forgotten];
            }
        }

        public void ForgetPages(NodeId node)
        {
        }

        public void ForgetName(NodeId directory, ReadOnlySpan<byte> name)
        {
            lock (_lock)
            {
                _forgotten.Add(string.Create(CultureInfo.InvariantCulture, $"{directory.Value}/{Encoding.UTF8.GetString(name)}"));
                if (_forgotten.Count == names)
                {
                    _told.SetResult();
                }
            }
        }
    }
}
