using System.IO.Compression;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Kaggle;
using MimicCxr.Daemon.Requests;
using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.Kaggle;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A stand-in for Kaggle with a small archive, and the origins that ask it.</summary>
internal sealed class Kaggle : IAsyncDisposable
{
    public const string User = "alice";
    public const string Key = "0123456789abcdef";

    public static readonly DataSetDefinition Definition = DataSetDefinition.Find("indiana")!;

    private readonly TemporaryFolder _folder = new();
    private readonly List<IDisposable> _origins = [];

    private Kaggle(Func<FakeKaggleOptions, FakeKaggleOptions>? change)
    {
        WriteArchive(seed: 1);
        var options = new FakeKaggleOptions { Archive = Archive, Accounts = [new FakeAccount(User, Key), new FakeAccount("unsigned", "key", [])] };
        Server = new FakeKaggle(change?.Invoke(options) ?? options);
    }

    public FakeKaggle Server { get; }

    public string Archive => _folder["archive.zip"];

    public OriginCounters Counters { get; } = new();

    public Dictionary<string, string> Environment { get; } = new() { ["KAGGLE_USERNAME"] = User, ["KAGGLE_KEY"] = Key };

    /// <summary>The checksum of the list that was imported; empty for none.</summary>
    public Func<ReadOnlyMemory<byte>> Imported { get; set; } = () => default;

    /// <summary>What the archive holds, by path.</summary>
    public SortedDictionary<string, byte[]> Members { get; } = new(StringComparer.Ordinal);

    public static async Task<Kaggle> StartAsync(Func<FakeKaggleOptions, FakeKaggleOptions>? change = null)
    {
        var kaggle = new Kaggle(change);
        await kaggle.Server.StartAsync(TestContext.Current.CancellationToken);
        return kaggle;
    }

    /// <summary>A path of the data set.</summary>
    public static string Ask(string name) => $"{Definition.Id}/{name}";

    /// <summary>Publishes another archive; with the same seed, one with the same members in other places.</summary>
    public void WriteArchive(int seed)
    {
        var before = Members.Keys.ToList();
        Members.Clear();
        File.Delete(Archive);
        IndianaArchive.Write(Archive, studies: 4, images: 9, imageBytes: 200_000, seed);
        using (var zip = ZipFile.OpenRead(Archive))
        {
            foreach (var entry in zip.Entries)
            {
                using var bytes = new MemoryStream();
                using var content = entry.Open();
                content.CopyTo(bytes);
                Members[entry.FullName] = bytes.ToArray();
            }
        }

        if (before.Count > 0)
        {
            // In the other order: each member has another place.
            File.Delete(Archive);
            using var zip = ZipFile.Open(Archive, ZipArchiveMode.Create);
            foreach (var (name, bytes) in Members.Reverse())
            {
                using var content = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                content.Write(bytes);
            }
        }
    }

    /// <summary>Kaggle's archive as it is.</summary>
    public KaggleOrigin Source(TimeProvider? time = null)
    {
        var options = new KaggleOptions
        {
            Endpoint = Server.BaseAddress,
            DataSet = Definition.KaggleName!,
            Version = Definition.Id.Version,
            FirstRetryDelay = time is null ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromHours(1),
            LongestRetryDelay = time is null ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromHours(10),
        };
        var origin = new KaggleOrigin(options, new KaggleAccountSource(Environment), Counters, time ?? TimeProvider.System);
        _origins.Add(origin);
        return origin;
    }

    /// <summary>Kaggle's archive as a data set; each is a run of the daemon.</summary>
    public ArchiveOrigin Origin(IOrigin? source = null, TimeProvider? time = null)
    {
        var place = new ArchivePlace(Definition.Id.ToString(), Definition.List, Definition.KaggleName!, _folder["kept/indiana"]);
        var origin = new ArchiveOrigin(place, source ?? Source(time), () => Imported(), time ?? TimeProvider.System, NullLogger.Instance);
        _origins.Add(origin);
        return origin;
    }

    /// <summary>Fetches a file whole.</summary>
    public static async Task<byte[]> FetchAsync(IOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(Ask(name), sink, RequestPriority.Interactive, TestContext.Current.CancellationToken);
        return sink.Bytes;
    }

    public async ValueTask DisposeAsync()
    {
        Server.Faults.Clear();
        _origins.ForEach(origin => origin.Dispose());
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
