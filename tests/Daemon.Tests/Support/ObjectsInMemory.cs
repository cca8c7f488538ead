using System.Buffers;
using System.Collections.Concurrent;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory, as the interface has it; subclasses make it misbehave or tell what happened.</summary>
internal abstract class ObjectsInMemory : IObjectStore
{
    public abstract string Url { get; }

    /// <summary>Why it takes nothing: puts fail, questions are answered.</summary>
    public WriteTrouble? WriteTrouble { get; set; }

    public ConcurrentDictionary<string, (byte[] Bytes, ObjectNote Note)> Objects { get; } = new();

    /// <summary>Objects in parts that were begun, and neither completed nor given up.</summary>
    public int PartsUnderWay => _partsUnderWay;

    private readonly ConcurrentDictionary<string, int> _writes = new();
    private int _partsUnderWay;

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public virtual async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        OnCall();
        if (!Objects.TryGetValue(key, out var found))
        {
            return null;
        }

        await sink.BeginAsync(found.Bytes.Length, cancellationToken);
        sink.WritePortions(0, found.Bytes);
        return found.Note;
    }

    public async Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken)
    {
        OnCall();
        await OnStatAsync(key).WaitAsync(cancellationToken);
        return Objects.TryGetValue(key, out var found) ? new StoredObject(key, found.Bytes.Length, Modified(key), found.Note) : null;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        OnCall();
        await OnListAsync().WaitAsync(cancellationToken);
        foreach (var (key, (bytes, _)) in Objects.Where(found => found.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StoredObject(key, bytes.Length, Modified(key), null);
        }
    }

    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        await OnPutAsync(cancellationToken);
        Take(key, await File.ReadAllBytesAsync(path, cancellationToken), note, overwrite);
    }

    public async Task PutAsync(string key, ReadOnlySequence<byte> bytes, ObjectNote note, bool overwrite, RequestPriority priority, CancellationToken cancellationToken)
    {
        await OnPutAsync(cancellationToken);
        Take(key, bytes.ToArray(), note, overwrite);
    }

    public Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken)
    {
        OnCall();
        Interlocked.Increment(ref _partsUnderWay);
        return Task.FromResult<IObjectParts>(new Parts(this, key, new byte[length], note));
    }

    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        OnCall();
        OnCreate(key);
        var isNew = Objects.TryAdd(key, (bytes.ToArray(), new ObjectNote(null, false)));
        if (isNew)
        {
            NoteWrite(key);
        }

        return Task.FromResult(isNew);
    }

    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        OnCall();
        foreach (var key in keys)
        {
            Objects.TryRemove(key, out _);
        }

        return Task.CompletedTask;
    }

    /// <summary>Before every call; may throw.</summary>
    protected virtual void OnCall()
    {
    }

    /// <summary>Before one object is looked at; may wait or throw.</summary>
    protected virtual Task OnStatAsync(string key) => Task.CompletedTask;

    /// <summary>Before a listing; may wait or throw.</summary>
    protected virtual Task OnListAsync() => Task.CompletedTask;

    /// <summary>Before an object or a part of one is taken; may wait or throw.</summary>
    protected virtual Task OnPutAsync(CancellationToken cancellationToken)
    {
        OnCall();
        return WriteTrouble is { } trouble ? throw new StoreException(StoreError.OutOfReach, trouble.Reason) : Task.CompletedTask;
    }

    /// <summary>Before an object is created that must be the first.</summary>
    protected virtual void OnCreate(string key)
    {
    }

    /// <summary>An object was taken, or found there already.</summary>
    protected virtual void OnStored(string key)
    {
    }

    private void NoteWrite(string key) => _writes.AddOrUpdate(key, 1, (_, before) => before + 1);

    /// <summary>Every write of an object is a second after the one before.</summary>
    private DateTimeOffset Modified(string key) => DateTimeOffset.UnixEpoch.AddSeconds(_writes.GetValueOrDefault(key));

    private void Take(string key, byte[] bytes, ObjectNote note, bool overwrite)
    {
        if (overwrite || !Objects.TryGetValue(key, out var there) || there.Bytes.Length != bytes.Length || (there.Note.Sha256 ?? note.Sha256) != note.Sha256)
        {
            Objects[key] = (bytes, note);
            NoteWrite(key);
        }

        OnStored(key);
    }

    private sealed class Parts(ObjectsInMemory store, string key, byte[] bytes, ObjectNote note) : IObjectParts
    {
        public async Task PutPartAsync(int number, ReadOnlySequence<byte> part, CancellationToken cancellationToken)
        {
            await store.OnPutAsync(cancellationToken);
            part.CopyTo(bytes.AsSpan(number * IObjectParts.PartLength));
        }

        public Task CompleteAsync(bool overwrite, CancellationToken cancellationToken)
        {
            store.OnCall();
            store.Take(key, bytes, note, overwrite);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref store._partsUnderWay);
            return ValueTask.CompletedTask;
        }
    }
}
