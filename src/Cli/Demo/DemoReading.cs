using System.Diagnostics;
using System.Security.Cryptography;

namespace MimicCxr.Cli.Demo;

/// <summary>Reads pictures of a mount as any program would, and checks them against the data set's own list.</summary>
internal sealed class DemoReading
{
    private readonly Dictionary<string, string> _sha256ByPath;
    private readonly string _mountPoint;

    private DemoReading(string mountPoint, Dictionary<string, string> sha256ByPath, IReadOnlyList<string> pictures) =>
        (_mountPoint, _sha256ByPath, Pictures) = (mountPoint, sha256ByPath, pictures);

    /// <summary>The pictures that are read, relative to the mount.</summary>
    public IReadOnlyList<string> Pictures { get; }

    /// <summary>Reads the checksum list through the mount, and chooses pictures from all over it.</summary>
    public static Task<DemoReading> PrepareAsync(string mountPoint, int pictures) => OnOwnThreadAsync(() =>
    {
        var sha256ByPath = File.ReadLines(Path.Combine(mountPoint, "SHA256SUMS.txt"))
            .Select(line => line.Split(' ', 2))
            .ToDictionary(parts => parts[1], parts => parts[0], StringComparer.Ordinal);
        var all = sha256ByPath.Keys.Where(path => path.EndsWith(".jpg", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        var step = Math.Max(1, all.Length / pictures);
        return new DemoReading(mountPoint, sha256ByPath, [.. all.Where((_, i) => i % step == 0).Take(pictures)]);
    });

    /// <summary>Reads all of them once.</summary>
    public Task<DemoPass> ReadAsync(CancellationToken cancellationToken) => OnOwnThreadAsync(() =>
    {
        long bytes = 0;
        var right = 0;
        var time = TimeSpan.Zero;
        foreach (var picture in Pictures)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var content = File.ReadAllBytes(Path.Combine(_mountPoint, picture));
            time += Stopwatch.GetElapsedTime(started);
            bytes += content.Length;
            right += Convert.ToHexStringLower(SHA256.HashData(content)) == _sha256ByPath[picture] ? 1 : 0;
        }

        return new DemoPass(Pictures.Count, right, bytes, time);
    });

    // A read blocks its thread until this very process, as the origin, has answered: pool threads must stay free for that.
    private static Task<T> OnOwnThreadAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
