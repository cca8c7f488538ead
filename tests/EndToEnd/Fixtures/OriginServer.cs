using System.IO.Compression;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MimicCxr.Sandbox.DataSets;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// The stand-in for PhysioNet with a synthetic data set of its own, in this process. Paths are relative to the data
/// set's root, as in the mount.
/// </summary>
internal sealed class OriginServer : IAsyncDisposable
{
    private const string UserName = "alice";
    private const string Password = "not-a-secret";
    private const string ChecksumList = "SHA256SUMS.txt";
    private const string ReportsUrl = "/files/mimic-cxr/2.1.0/mimic-cxr-reports.zip";

    private readonly string _root;
    private readonly FakePhysioNet _server;
    private readonly SortedDictionary<string, string> _sha256;

    private OriginServer(string root, DataSetName dataSet, string folder, FakePhysioNet server)
    {
        _root = root;
        DataSetUrl = $"/files/{dataSet}/";
        _server = server;
        Folder = folder;
        _sha256 = new(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .ToDictionary(file => Path.GetRelativePath(folder, file), Hash),
            StringComparer.Ordinal);
        Images = [.. _sha256.Keys.Where(path => Path.GetExtension(path) is ".jpg" or ".dcm")];
    }

    private string DataSetUrl { get; }

    /// <summary>What <c>--origin</c> gets.</summary>
    public Uri Url => _server.BaseAddress;

    /// <summary>The variables that name an account with every agreement signed.</summary>
    public IReadOnlyDictionary<string, string> Account { get; } =
        new Dictionary<string, string> { ["PHYSIONET_USERNAME"] = UserName, ["PHYSIONET_PASSWORD"] = Password };

    /// <summary>The served files on disk.</summary>
    public string Folder { get; }

    /// <summary>The paths of all pictures, in order.</summary>
    public IReadOnlyList<string> Images { get; }

    /// <summary>The SHA-256 of what is served for every path, list files included; not what the origin's own list says.</summary>
    public IReadOnlyDictionary<string, string> Sha256 => _sha256;

    /// <summary>
    /// How often each file was fetched: how many GETs were answered from its first byte on. Those from another byte on go on with a fetch:
    /// a large file takes several, and so does one over a connection that is slow for want of processors. Files never asked for are absent.
    /// </summary>
    public IReadOnlyDictionary<string, int> Fetches =>
        FetchesByOffset.Where(part => part.Key.Offset == 0).ToDictionary(part => part.Key.Path, part => part.Value);

    /// <summary>How many GETs were answered from the same byte of the same file on.</summary>
    public IReadOnlyDictionary<(string Path, long Offset), int> FetchesByOffset =>
        _server.Log.Entries
            .Where(entry => entry is { Method: "GET", Status: 200 or 206 } && entry.Path.StartsWith(DataSetUrl, StringComparison.Ordinal))
            .Select(entry => (Path: entry.Path[DataSetUrl.Length..], Offset: entry.Status == 200 ? 0 : FirstByte(entry.Range!)))
            .Where(get => _sha256.ContainsKey(get.Path))
            .CountBy(get => get)
            .ToDictionary();

    /// <summary>How many bytes of each file were sent. Files never asked for are absent.</summary>
    public IReadOnlyDictionary<string, long> Sent =>
        _server.Log.Entries
            .Where(entry => entry.Path.StartsWith(DataSetUrl, StringComparison.Ordinal))
            .GroupBy(entry => entry.Path[DataSetUrl.Length..], entry => entry.BytesSent)
            .Where(file => _sha256.ContainsKey(file.Key))
            .ToDictionary(file => file.Key, file => file.Sum());

    /// <summary>Requests of any kind, whatever their answer.</summary>
    public int Requests => _server.Log.Entries.Count;

    /// <summary>How often a password was checked the slow way.</summary>
    public long PasswordHashes => _server.Log.PasswordHashes;

    /// <summary>The archive of reports on disk, where it was asked for; of those served as a .tar.gz, a zip that is not served.</summary>
    public string ReportArchive => Path.Combine(Directory.Exists(Beside(_root)) ? Beside(_root) : _root, "mimic-cxr", "2.1.0", "mimic-cxr-reports.zip");

    /// <summary>Requests for the archive of reports that were answered with some of it, and how many bytes that was.</summary>
    public (int Count, long Bytes) ReportRequests
    {
        get
        {
            var asked = _server.Log.Entries.Where(entry => entry is { Method: "GET", Path: ReportsUrl, Status: 200 or 206 }).ToList();
            return (asked.Count, asked.Sum(entry => entry.BytesSent));
        }
    }

    /// <summary>Makes a data set and serves it.</summary>
    public static Task<OriginServer> StartAsync(int images, int imageBytes) => StartAsync(
        new SyntheticDataSetOptions { Patients = Math.Max(1, images / 3), Images = images, ImageBytes = imageBytes }, withReports: false, signed: null);

    /// <summary>Makes a data set and serves it.</summary>
    /// <param name="options">What it has.</param>
    /// <param name="withReports">Whether mimic-cxr is there too, without its images.</param>
    /// <param name="signed">Data sets whose agreement the account has signed; null for all.</param>
    public static async Task<OriginServer> StartAsync(SyntheticDataSetOptions options, bool withReports, IReadOnlyList<string>? signed)
    {
        var root = Directory.CreateTempSubdirectory("origin-").FullName;
        var written = await SyntheticDataSet.WriteAsync(root, options, TestContext.Current.CancellationToken);
        if (withReports)
        {
            var reports = options with { DataSet = DataSetName.Dicom210, ListsOnly = true };
            await SyntheticDataSet.WriteAsync(root, reports, TestContext.Current.CancellationToken);
            if (options.TarredReports)
            {
                await SyntheticDataSet.WriteAsync(Beside(root), reports with { TarredReports = false }, TestContext.Current.CancellationToken);
            }
        }

        var server = new FakePhysioNet(new FakePhysioNetOptions { Folder = root, Accounts = [new FakeAccount(UserName, Password, signed)] });
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new OriginServer(root, options.DataSet, written.Folder, server);
    }

    /// <summary>Makes another data set and serves it too.</summary>
    /// <returns>The SHA-256 of its files, by path in it.</returns>
    public async Task<IReadOnlyDictionary<string, string>> AddAsync(SyntheticDataSetOptions options)
    {
        var written = await SyntheticDataSet.WriteAsync(_root, options, TestContext.Current.CancellationToken);
        return Directory.EnumerateFiles(written.Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(written.Folder, file), Hash);
    }

    /// <summary>The paths of all reports, in order.</summary>
    public async Task<IReadOnlyList<string>> ReportsAsync()
    {
        await using var archive = await ZipFile.OpenReadAsync(ReportArchive);
        return [.. archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal)];
    }

    /// <summary>SHA-256 of the texts of these reports, one after the other.</summary>
    public async Task<string> HashOfReportsAsync(IReadOnlyList<string> paths)
    {
        await using var archive = await ZipFile.OpenReadAsync(ReportArchive);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        foreach (var path in paths)
        {
            await using var text = await archive.GetEntry(path)!.OpenAsync();
            for (int count; (count = await text.ReadAsync(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, count);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>From now on the archive has another byte in the middle of a report.</summary>
    public void DamageReport(string path)
    {
        var bytes = File.ReadAllBytes(ReportArchive);
        // Its path stands in its own header first, then in the directory.
        bytes[bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(path)) + path.Length + 100] ^= 0xff;
        File.WriteAllBytes(ReportArchive, bytes);
    }

    /// <summary>From now on the account may not read the archive of reports.</summary>
    public void RefuseReports() => _server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 403, Path = ReportsUrl });

    /// <summary>Where a file stands on disk.</summary>
    public string FileOf(string path) => Path.Combine(Folder, path);

    /// <summary>Bytes of a file.</summary>
    public long SizeOf(string path) => new FileInfo(FileOf(path)).Length;

    /// <summary>From now on a file has other bytes than SHA256SUMS.txt says, the same ones every time, and the same length.</summary>
    public void OverwriteWithWrongBytes(string path)
    {
        var bytes = File.ReadAllBytes(FileOf(path));
        bytes[bytes.Length / 2] ^= 0xff;
        File.WriteAllBytes(FileOf(path), bytes);
        _sha256[path] = Hash(FileOf(path));
    }

    /// <summary>Makes a file this long, in the checksum list too. Before anybody has read that.</summary>
    public void Enlarge(string path, int length)
    {
        var bytes = new byte[length - SizeOf(path)];
        new Random(length).NextBytes(bytes);
        using (var file = new FileStream(FileOf(path), FileMode.Append))
        {
            file.Write(bytes);
        }

        var list = File.ReadAllText(FileOf(ChecksumList));
        var (before, after) = (_sha256[path], Hash(FileOf(path)));
        File.WriteAllText(FileOf(ChecksumList), list.Replace($"{before} {path}\n", $"{after} {path}\n", StringComparison.Ordinal));
        (_sha256[path], _sha256[ChecksumList]) = (after, Hash(FileOf(ChecksumList)));
    }

    /// <summary>From now on a file arrives damaged, never twice in the same way.</summary>
    public void DamageDifferentlyEachTime(string path) =>
        _server.Faults.Add(new Fault { Kind = FaultKind.VaryingBytes, Path = DataSetUrl + path });

    /// <summary>The first fetch of a file arrives damaged, from its first page on.</summary>
    public void DamageFirstFetch(string path) =>
        _server.Faults.Add(new Fault { Kind = FaultKind.VaryingBytes, Path = DataSetUrl + path, Times = 1 });

    /// <summary>Limits every connection.</summary>
    public void LimitRate(int bytesPerSecond) =>
        _server.Faults.Add(new Fault { Kind = FaultKind.Rate, BytesPerSecond = bytesPerSecond });

    /// <summary>From now on pictures begin and never end.</summary>
    public void Stall() => _server.Faults.Add(new Fault { Kind = FaultKind.Stall, Path = "*.jpg" });

    /// <summary>From now on there is no such file.</summary>
    public void Lose(string path) => _server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 404, Path = DataSetUrl + path });

    /// <summary>Everything is well again, and quick.</summary>
    public void Repair() => _server.Faults.Clear();

    /// <summary>Waits until so many pictures have been asked for.</summary>
    public async Task WaitForFetchesAsync(int images)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (Fetches.Keys.Count(Images.Contains) < images)
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>From now on answers for pictures are broken in this way.</summary>
    public void Break(Fault fault) => _server.Faults.Add(fault with { Path = "*.jpg" });

    /// <summary>From now on connections are refused.</summary>
    public Task StopAsync() => _server.StopAsync();

    /// <summary>Answers again, at the same address.</summary>
    public Task StartAgainAsync() => _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
        if (Directory.Exists(Beside(_root)))
        {
            Directory.Delete(Beside(_root), recursive: true);
        }
    }

    /// <summary>The SHA-256 of a file.</summary>
    public static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static long FirstByte(string range) => RangeHeaderValue.Parse(range).Ranges.Single().From!.Value;

    /// <summary>Where the same reports are that a data set serves as a .tar.gz.</summary>
    private static string Beside(string root) => root + "-zip";
}
