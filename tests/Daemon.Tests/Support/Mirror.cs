using Amazon.Runtime;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A mirror in a bucket of an S3 stand-in, and the origin that asks it.</summary>
internal sealed class Mirror : IAsyncDisposable
{
    public const string Bucket = "mirror";
    public const string DataSet = "mimic-cxr-jpg/2.1.0";

    private readonly List<MirrorOrigin> _origins = [];

    private Mirror(S3StandIn s3) => S3 = s3;

    public S3StandIn S3 { get; }

    public OriginCounters Counters { get; } = new();

    /// <summary>Requests for objects, in order.</summary>
    public IEnumerable<S3Seen> Gets => S3.Requests.Where(seen => seen.Method == "GET" && seen.Path.Length > Bucket.Length + 2);

    public static async Task<Mirror> StartAsync() => new(await S3StandIn.StartAsync());

    /// <summary>A file's path as the origin is asked for it.</summary>
    public static string Ask(string name) => $"{DataSet}/{name}";

    /// <summary>Where the stand-in keeps it, under the names of its data set.</summary>
    public static string At(string name) => $"/{Bucket}/{DataSet}/{name}";

    /// <summary>An origin that hardly pauses between attempts.</summary>
    public MirrorOrigin Origin(Func<MirrorOptions, MirrorOptions>? change = null, S3Credentials? credentials = null, TimeProvider? time = null)
    {
        var options = new MirrorOptions
        {
            Address = new S3Address(Bucket) { Endpoint = S3.Url, PathStyle = true },
            DataSet = DataSet,
            FirstRetryDelay = TimeSpan.FromMilliseconds(1),
            LongestRetryDelay = TimeSpan.FromMilliseconds(5),
        };
        var origin = new MirrorOrigin(
            change?.Invoke(options) ?? options,
            credentials ?? new S3Credentials(() => new BasicAWSCredentials("key-of-mirror", "secret")),
            Counters,
            time ?? TimeProvider.System);
        _origins.Add(origin);
        return origin;
    }

    /// <summary>Writes a file of random bytes.</summary>
    public byte[] Write(string name, int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        S3.Objects[At(name)] = bytes;
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        _origins.ForEach(origin => origin.Dispose());
        await S3.DisposeAsync();
    }
}
