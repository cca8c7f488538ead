using System.Collections.Concurrent;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that tells when an object has arrived.</summary>
internal sealed class MemoryStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new();

    public string Url => "memory:";

    public ConcurrentDictionary<string, (byte[] Bytes, ObjectNote Note)> Objects { get; } = new();

    /// <summary>Completes when an object is there.</summary>
    public Task WhenStoredAsync(string key) => Arrival(key).Task.WaitAsync(TestContext.Current.CancellationToken);

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, CancellationToken cancellationToken)
    {
        if (!Objects.TryGetValue(key, out var found))
        {
            return null;
        }

        await sink.BeginAsync(found.Bytes.Length, cancellationToken);
        sink.Write(0, found.Bytes);
        return found.Note;
    }

    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        Objects[key] = (await File.ReadAllBytesAsync(path, cancellationToken), note);
        Arrival(key).TrySetResult();
    }

    private TaskCompletionSource Arrival(string key) =>
        _arrivals.GetOrAdd(key, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, ObjectNote note, bool overwrite, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw new NotImplementedException();
}
