using System.Collections.Concurrent;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that can be down, break off, and hold damaged objects.</summary>
internal sealed class FailingStore : IObjectStore
{
    public string Url => "memory://";

    public ConcurrentDictionary<string, (byte[] Bytes, ObjectNote Note)> Objects { get; } = new();

    /// <summary>Whether every call fails.</summary>
    public bool Down { get; set; }

    /// <summary>Completed before an object is taken or refused.</summary>
    public Task PutGate { get; set; } = Task.CompletedTask;

    /// <summary>Breaks off the next fetch after so many bytes.</summary>
    public int? BreakAfter { get; set; }

    public int Puts { get; private set; }

    public int Fetches { get; private set; }

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        Fetches++;
        if (!Objects.TryGetValue(key, out var found))
        {
            return null;
        }

        await sink.BeginAsync(found.Bytes.Length, cancellationToken);
        if (BreakAfter is { } after)
        {
            BreakAfter = null;
            sink.WritePortions(0, found.Bytes.AsSpan(0, after));
            throw new StoreException(StoreError.OutOfReach, "as scripted");
        }

        sink.WritePortions(0, found.Bytes);
        return found.Note;
    }

    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        await PutGate.WaitAsync(cancellationToken);
        ThrowIfDown();
        var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
        Puts++;
        if (overwrite || !Objects.ContainsKey(key))
        {
            Objects[key] = (bytes, note);
        }
    }

    private void ThrowIfDown()
    {
        if (Down)
        {
            throw new StoreException(StoreError.OutOfReach, "as scripted");
        }
    }

    public Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, ObjectNote note, bool overwrite, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw new NotImplementedException();
}
