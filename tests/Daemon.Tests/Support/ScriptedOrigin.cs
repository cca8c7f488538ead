using System.Collections.Concurrent;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An origin that answers fetch by fetch as a test says: right bytes, others, a failure, or half and then a pause.</summary>
internal sealed class ScriptedOrigin : IOrigin
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<IFetchSink, CancellationToken, Task>>> _scripts = new();
    private readonly ConcurrentDictionary<string, int> _fetches = new();

    public string Url => "https://origin.test";

    /// <summary>Bytes by path (<c>SLUG/VERSION/PATH</c>), given when no script is left.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Parts of files that were asked for by Range, in this order.</summary>
    public ConcurrentQueue<FileRange> Parts { get; } = new();

    /// <summary>Completed before a part is given.</summary>
    public Task PartGate { get; set; } = Task.CompletedTask;

    public int DirectoryPages { get; private set; }

    /// <summary>Completed before a directory page is given.</summary>
    public Task PageGate { get; set; } = Task.CompletedTask;

    /// <summary>Completed when jobs need not stand still for readers.</summary>
    public Task ReadersServed { get; set; } = Task.CompletedTask;

    /// <summary>Completes when a job stands still for readers.</summary>
    public TaskCompletionSource YieldsBegan { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int AllFetches => _fetches.Values.Sum();

    public int Fetches(string path) => _fetches.GetValueOrDefault(path);

    /// <summary>The next fetch of a path gives these bytes.</summary>
    public void Next(string path, byte[] bytes) => Script(path, async (sink, token) =>
    {
        await sink.BeginAsync(bytes.Length, token);
        sink.WritePortions(0, bytes);
    });

    /// <summary>The next fetch of a path fails.</summary>
    public void NextFails(string path, OriginError error) => Script(path, (_, _) => throw new OriginException(error, "as scripted"));

    /// <summary>The next fetch of a path gives the first bytes, then waits.</summary>
    public Pause NextPauses(string path, byte[] bytes, int after)
    {
        var pause = new Pause();
        Script(path, async (sink, token) =>
        {
            await sink.BeginAsync(bytes.Length, token);
            sink.WritePortions(0, bytes.AsSpan(0, after));
            pause.Reached.TrySetResult();
            await pause.GoOn.Task.WaitAsync(token);
            sink.WritePortions(after, bytes.AsSpan(after));
        });
        return pause;
    }

    public async Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        _fetches.AddOrUpdate(path, 1, (_, count) => count + 1);
        await Task.Yield();
        if (_scripts.TryGetValue(path, out var scripts) && scripts.TryDequeue(out var script))
        {
            await script(sink, cancellationToken);
            return;
        }

        var bytes = Files.TryGetValue(path, out var known) ? known : throw new OriginException(OriginError.NotFound, "no such file");
        await sink.BeginAsync(bytes.Length, cancellationToken);
        sink.WritePortions(0, bytes);
    }

    /// <summary>The first range of a path counts as a fetch, and follows the scripts where it has all of the file.</summary>
    public async Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        if (range.Offset == 0)
        {
            _fetches.AddOrUpdate(path, 1, (_, count) => count + 1);
        }

        await Task.Yield();
        var bytes = Files.TryGetValue(path, out var known) ? known : throw new OriginException(OriginError.NotFound, "no such file");
        if (range.Offset == 0 && range.Length >= bytes.Length && _scripts.TryGetValue(path, out var scripts) && scripts.TryDequeue(out var script))
        {
            await script(sink, cancellationToken);
            return Sinks.VersionOf(bytes, expected);
        }

        Parts.Enqueue(range);
        await PartGate.WaitAsync(cancellationToken);
        var version = Sinks.VersionOf(bytes, expected);
        await sink.BeginAsync(bytes.Length, cancellationToken);
        sink.WritePortions(range.Offset, bytes.AsSpan((int)Math.Min(range.Offset, bytes.Length), (int)range.CountIn(bytes.Length)));
        return version;
    }

    public async Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken)
    {
        var bytes = Files[path];
        await Task.Yield();
        return new FileTail(Sinks.VersionOf(bytes, null), bytes[^Math.Min(most, bytes.Length)..]);
    }

    public Task<long> GetLengthAsync(string path, CancellationToken cancellationToken) => Task.FromResult((long)Files[path].Length);

    public async Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        DirectoryPages++;
        await PageGate.WaitAsync(cancellationToken);
        return [.. Files.Where(file => Path.GetDirectoryName(file.Key) == path).Select(file => new FileLength(Path.GetFileName(file.Key), file.Value.Length))];
    }

    public Task YieldToReadersAsync(CancellationToken cancellationToken)
    {
        YieldsBegan.TrySetResult();
        return ReadersServed.WaitAsync(cancellationToken);
    }

    private void Script(string path, Func<IFetchSink, CancellationToken, Task> script) => _scripts.GetOrAdd(path, _ => new()).Enqueue(script);

    /// <summary>A fetch that stands still.</summary>
    public sealed class Pause
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
