using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A stand-in for PhysioNet with a few files of random bytes, and the origin that asks it.</summary>
internal sealed class PhysioNet : IAsyncDisposable
{
    public const string DataSet = "mimic-cxr-jpg/2.1.0";
    public const string User = "alice";
    public const string Password = "correct horse";

    private readonly TemporaryFolder _folder = new();
    private readonly List<PhysioNetOrigin> _origins = [];

    private PhysioNet(Func<FakePhysioNetOptions, FakePhysioNetOptions>? change)
    {
        var options = new FakePhysioNetOptions
        {
            Folder = _folder.Path,
            Accounts = [new FakeAccount(User, Password), new FakeAccount("unsigned", Password, [])],
            PasswordCost = TimeSpan.Zero,
        };
        Server = new FakePhysioNet(change?.Invoke(options) ?? options);
    }

    public FakePhysioNet Server { get; }

    public OriginCounters Counters { get; } = new();

    /// <summary>Read at each login, as the daemon's environment is.</summary>
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["PHYSIONET_USERNAME"] = User,
        ["PHYSIONET_PASSWORD"] = Password,
    };

    public RequestLog Log => Server.Log;

    public static async Task<PhysioNet> StartAsync(Func<FakePhysioNetOptions, FakePhysioNetOptions>? change = null)
    {
        var net = new PhysioNet(change);
        await net.Server.StartAsync(TestContext.Current.CancellationToken);
        return net;
    }

    /// <summary>An origin that hardly pauses between attempts; with a time of the test's own, long enough for a timer.</summary>
    public PhysioNetOrigin Origin(Func<PhysioNetOptions, PhysioNetOptions>? change = null, TimeProvider? time = null)
    {
        var options = new PhysioNetOptions
        {
            BaseAddress = Server.BaseAddress,
            FirstRetryDelay = time is null ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromHours(1),
            LongestRetryDelay = time is null ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromHours(10),
        };
        var accounts = new AccountSource(Server.BaseAddress.Host, _folder["credentials.json"], Environment);
        var origin = new PhysioNetOrigin(change?.Invoke(options) ?? options, accounts, Counters, time ?? TimeProvider.System);
        _origins.Add(origin);
        return origin;
    }

    /// <summary>Writes a file of random bytes at the origin.</summary>
    public byte[] Write(string name, int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        Write(name, bytes, seed);
        return bytes;
    }

    /// <summary>Writes a file at the origin.</summary>
    public void Write(string name, byte[] bytes, int seed = 1)
    {
        var path = _folder[$"{DataSet}/{name}"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        // The time is part of the ETag.
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(seed));
    }

    /// <summary>A file's path as the origin is asked for it.</summary>
    public static string Ask(string name) => $"{DataSet}/{name}";

    /// <summary>A file's path as the server sees it.</summary>
    public static string Seen(string name) => $"/files/{DataSet}/{name}";

    public async ValueTask DisposeAsync()
    {
        Server.Faults.Clear();
        _origins.ForEach(origin => origin.Dispose());
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
