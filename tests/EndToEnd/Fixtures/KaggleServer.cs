using System.IO.Compression;
using System.Security.Cryptography;
using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.Kaggle;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>The stand-in for Kaggle with a synthetic Indiana collection, in this process. Paths are those of the archive, as in the mount.</summary>
internal sealed class KaggleServer : IAsyncDisposable
{
    public const string List = "CRC32SUMS.txt";

    private const string UserName = "bob";
    private const string Key = "not-a-secret-either";

    private readonly string _folder;
    private readonly FakeKaggle _server;

    private KaggleServer(string folder, int? addressRequests)
    {
        _folder = folder;
        _server = new FakeKaggle(new FakeKaggleOptions { Archive = Archive, Accounts = [new FakeAccount(UserName, Key)], AddressRequests = addressRequests });
    }

    /// <summary>The archive on disk.</summary>
    public string Archive => Path.Combine(_folder, "archive.zip");

    /// <summary>What <c>--kaggle-endpoint</c> gets.</summary>
    public Uri Url => _server.BaseAddress;

    /// <summary>The variables that name an account.</summary>
    public IReadOnlyDictionary<string, string> Account { get; } = new Dictionary<string, string> { ["KAGGLE_USERNAME"] = UserName, ["KAGGLE_KEY"] = Key };

    /// <summary>The SHA-256 of every member.</summary>
    public IReadOnlyDictionary<string, string> Sha256 { get; private set; } = new Dictionary<string, string>();

    /// <summary>The length of every member.</summary>
    public IReadOnlyDictionary<string, long> Sizes { get; private set; } = new Dictionary<string, long>();

    /// <summary>The paths of all pictures, in order.</summary>
    public IReadOnlyList<string> Images => [.. Sha256.Keys.Where(path => path.EndsWith(".png", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Requests of any kind to Kaggle and its storage, whatever their answer.</summary>
    public int Requests => _server.Log.Entries.Count + _server.StorageLog.Entries.Count;

    /// <summary>How often Kaggle was asked where the archive is.</summary>
    public int Asked => _server.Log.Entries.Count;

    /// <summary>Requests to the storage that came with an account.</summary>
    public int AccountsAtTheStorage => _server.StorageLog.Entries.Count(entry => entry.HadPassword);

    /// <summary>Makes a collection and serves it.</summary>
    public static async Task<KaggleServer> StartAsync(int images, int imageBytes, int? addressRequests)
    {
        var server = new KaggleServer(Directory.CreateTempSubdirectory("kaggle-").FullName, addressRequests);
        server.Publish(images, imageBytes, seed: 1);
        await server._server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Another seed is another edition.</summary>
    public void Publish(int images, int imageBytes, int seed)
    {
        File.Delete(Archive);
        IndianaArchive.Write(Archive, Math.Max(1, images / 2), images, imageBytes, seed);
        using var zip = ZipFile.OpenRead(Archive);
        Sizes = zip.Entries.ToDictionary(entry => entry.FullName, entry => entry.Length);
        Sha256 = zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = entry.Open();
            return Convert.ToHexStringLower(SHA256.HashData(content));
        });
    }

    /// <summary>From now on no address of the storage is good that was given out before.</summary>
    public void ExpireAddresses() => _server.ExpireAddresses();

    /// <summary>From now on Kaggle answers with this status.</summary>
    public void Refuse(int status) => _server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = status, Path = "/api/*" });

    /// <summary>From now on connections are refused.</summary>
    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
