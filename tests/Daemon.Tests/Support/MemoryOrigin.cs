using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An origin in memory: files by path (SLUG/VERSION/PATH), what was asked, and what a test lets go wrong.</summary>
internal sealed class MemoryOrigin : IOrigin
{
    public const string DataSet = "mimic-cxr-jpg/2.1.0";

    public string Url => "https://origin.example";

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Paths whose bytes were asked for, in this order.</summary>
    public ConcurrentQueue<string> Fetched { get; } = new();

    /// <summary>Paths whose length was asked for.</summary>
    public ConcurrentQueue<string> Measured { get; } = new();

    /// <summary>Directories whose page was asked for.</summary>
    public ConcurrentQueue<string> Listed { get; } = new();

    /// <summary>Awaited before a fetch is answered.</summary>
    public Func<string, Task> BeforeFetch { get; set; } = _ => Task.CompletedTask;

    /// <summary>Awaited before a length is told.</summary>
    public Func<string, Task> BeforeMeasure { get; set; } = _ => Task.CompletedTask;

    /// <summary>Awaited when half of a file was delivered.</summary>
    public Func<string, Task> Halfway { get; set; } = _ => Task.CompletedTask;

    /// <summary>The bytes that a fetch delivers, by path and number of the fetch of this path, from 1 on; null for the right ones.</summary>
    public Func<string, int, byte[]?> Instead { get; set; } = (_, _) => null;

    /// <summary>Ranges that were asked for, in this order.</summary>
    public ConcurrentQueue<(string Path, FileRange Range)> Ranges { get; } = new();

    /// <summary>Adds a file to the data set.</summary>
    public void Add(string name, byte[] bytes) => Files[$"{DataSet}/{name}"] = bytes;

    /// <summary>Adds SHA256SUMS.txt over the files of a data set that are there.</summary>
    public void AddChecksums(string dataSet = DataSet)
    {
        var lines = Files
            .Where(file => file.Key.StartsWith(dataSet + "/", StringComparison.Ordinal) && !file.Key.EndsWith("/SHA256SUMS.txt", StringComparison.Ordinal))
            .OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => $"{Convert.ToHexStringLower(SHA256.HashData(file.Value))} {file.Key[(dataSet.Length + 1)..]}\n");
        Files[$"{dataSet}/SHA256SUMS.txt"] = Encoding.ASCII.GetBytes(string.Concat(lines));
    }

    public Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        Fetched.Enqueue(path);
        return DeliverAsync(path, FileRange.Whole, null, sink, cancellationToken);
    }

    public Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        // One file in ranges is one fetch.
        if (range.Offset == 0)
        {
            Fetched.Enqueue(path);
        }

        Ranges.Enqueue((path, range));
        return DeliverAsync(path, range, expected, sink, cancellationToken);
    }

    public async Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken)
    {
        var bytes = Find(path);
        Ranges.Enqueue((path, new FileRange(Math.Max(0, bytes.Length - most), most)));
        await BeforeFetch(path).WaitAsync(cancellationToken);
        return new FileTail(Sinks.VersionOf(bytes, null), bytes[^Math.Min(most, bytes.Length)..]);
    }

    public async Task<long> GetLengthAsync(string path, CancellationToken cancellationToken)
    {
        Measured.Enqueue(path);
        await BeforeMeasure(path).WaitAsync(cancellationToken);
        return Find(path).Length;
    }

    public Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        Listed.Enqueue(path);
        return Task.FromResult<IReadOnlyList<FileLength>>(
            [.. Files.Where(file => Path.GetDirectoryName(file.Key) == path).Select(file => new FileLength(Path.GetFileName(file.Key), file.Value.Length))]);
    }

    public Task YieldToReadersAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<FileVersion> DeliverAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, CancellationToken cancellationToken)
    {
        await BeforeFetch(path).WaitAsync(cancellationToken);
        var bytes = Instead(path, Fetched.Count(fetched => fetched == path)) ?? Find(path);
        var version = Sinks.VersionOf(bytes, expected);
        await sink.BeginAsync(bytes.Length, cancellationToken);
        var wanted = bytes.AsMemory((int)Math.Min(range.Offset, bytes.Length), (int)range.CountIn(bytes.Length));
        var half = wanted.Length / 2;
        sink.Write(range.Offset, wanted.Span[..half]);
        await Halfway(path).WaitAsync(cancellationToken);
        sink.Write(range.Offset + half, wanted.Span[half..]);
        return version;
    }

    private byte[] Find(string path) =>
        Files.TryGetValue(path, out var bytes) ? bytes : throw new OriginException(OriginError.NotFound, "The origin has no such file (404).");
}
