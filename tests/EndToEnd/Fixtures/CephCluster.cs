using System.Diagnostics;
using MimicCxr.EndToEnd.Fixtures;

[assembly: AssemblyFixture(typeof(CephCluster))]

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// One Ceph for the whole run (scripts/ceph), started by the first test that asks for a bucket. Each test has a
/// bucket of its own.
/// </summary>
public sealed class CephCluster : IAsyncDisposable
{
    /// <summary>The one key that its key management service has (scripts/ceph).</summary>
    internal const string KmsKey = "of-tests";

    private static readonly string Script = Path.Combine(Build.Repository, "scripts/ceph");

    private readonly SemaphoreSlim _starting = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("ceph-").FullName;
    private Dictionary<string, string>? _environment;
    private int _buckets;

    /// <summary>Makes an empty bucket. Skips the test where there is no Ceph to be had.</summary>
    internal async Task<S3Bucket> CreateBucketAsync()
    {
        Requires.Ceph();
        var environment = await StartAsync();
        var bucket = new S3Bucket($"bucket-{Interlocked.Increment(ref _buckets)}", environment);
        await bucket.CreateAsync();
        return bucket;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Not by Command: this has to be done also when the run was cancelled.
        using var stop = Process.Start(Script, ["stop", _folder]);
        await stop.WaitForExitAsync(CancellationToken.None);
        _starting.Dispose();
    }

    private async Task<Dictionary<string, string>> StartAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _environment ??= Parse((await Command.RunAsync(Script, ["start", _folder])).Succeeded().Output);
        }
        finally
        {
            _starting.Release();
        }
    }

    private static Dictionary<string, string> Parse(string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
}
