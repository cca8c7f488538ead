using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Whole blobs in a local folder, never more than <see cref="LimitBytes"/>: room is reserved before the first byte of a
/// transfer is written, and what was used longest ago goes first. Files are written under <c>partial/</c> and
/// renamed into <c>blobs/</c> once they are whole and checked, so whatever stands there after a kill is right.
/// </summary>
internal sealed class Spool : IDisposable
{
    /// <summary>How long a reader's reservation waits for uploads before it takes the room of blobs not uploaded yet.</summary>
    private static readonly TimeSpan UploadPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly SpoolFolder _folder;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly ITimer _retry;
    private readonly Lock _lock = new();

    // All under _lock.
    private readonly Dictionary<SpoolKey, SpoolFile> _files = [];
    private readonly PriorityQueue<SpoolFile, long> _byUse = new(); // by the last use that is known of here
    private readonly LinkedList<Waiter> _waiting = new();
    private long _used = SpoolRoom.Overhead;

    public Spool(string directory, long limitBytes, CacheCounters counters, TimeProvider time, ILogger logger)
    {
        LimitBytes = limitBytes;
        _counters = counters;
        _time = time;
        _folder = new SpoolFolder(directory);
        _retry = time.CreateTimer(_ => ServeWaiting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var (key, path, length) in _folder.TakeOver(logger))
        {
            Add(new SpoolFile(key, path, length, _time));
            _used += SpoolRoom.Of(length);
        }

        lock (_lock)
        {
            // The bound may have become smaller since the last run.
            TryMakeRoom(0, evenPending: true);
        }
    }

    /// <summary>The bound, in bytes.</summary>
    public long LimitBytes { get; }

    /// <summary>Open handles of spool files.</summary>
    public OpenSpoolFiles Open { get; } = new(limit: 1024);

    /// <summary>Bytes taken or reserved.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
            {
                return _used;
            }
        }
    }

    /// <summary>Number of blobs, and how many of them may not be evicted.</summary>
    public (int Blobs, int Pinned) Count()
    {
        lock (_lock)
        {
            return (_files.Count, _files.Values.Count(file => file.IsPinned));
        }
    }

    /// <summary>Finds a blob.</summary>
    public bool TryFind(SpoolKey key, [NotNullWhen(true)] out SpoolFile? file)
    {
        lock (_lock)
        {
            return _files.TryGetValue(key, out file);
        }
    }

    /// <summary>
    /// Waits until there is room for a file of this length. What was reserved ends in <see cref="Commit"/> or <see cref="Release"/>.
    /// </summary>
    /// <param name="length">Length of the file.</param>
    /// <param name="urgent">Completed where a reader waits: before all others.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="CacheException">The file is larger than the spool.</exception>
    public async ValueTask ReserveAsync(long length, Task urgent, CancellationToken cancellationToken)
    {
        var bytes = SpoolRoom.Of(length);
        if (bytes + SpoolRoom.Overhead > LimitBytes)
        {
            throw new CacheException(
                CacheError.NoRoom, $"A file of {length} bytes does not fit into the spool of {LimitBytes} bytes. Start the daemon with a larger --spool-size.");
        }

        LinkedListNode<Waiter> turn;
        lock (_lock)
        {
            if (FirstUrgent() is null && (urgent.IsCompleted || _waiting.Count == 0) && TryMakeRoom(bytes, evenPending: false))
            {
                _used += bytes;
                return;
            }

            turn = _waiting.AddLast(new Waiter(bytes, urgent, _time.GetTimestamp(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
            _retry.Change(RetryInterval, RetryInterval);
        }

        using var registration = cancellationToken.Register(() => GiveUp(turn, cancellationToken));
        await turn.Value.Ready.Task.ConfigureAwait(false);
    }

    /// <summary>Gives back room that was reserved and is not used.</summary>
    public void Release(long length)
    {
        lock (_lock)
        {
            _used -= SpoolRoom.Of(length);
        }

        ServeWaiting();
    }

    /// <summary>Creates the file that a transfer writes.</summary>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public SafeFileHandle CreatePartial(SpoolKey key) => _folder.CreatePartial(key);

    /// <summary>Removes what a transfer wrote that failed.</summary>
    public void DeletePartial(SpoolKey key) => _folder.DeletePartial(key);

    /// <summary>A transfer is whole and checked: its file becomes a blob. Pinned once, for the caller.</summary>
    public SpoolFile Commit(SpoolKey key, long length)
    {
        var file = new SpoolFile(key, _folder.BlobPath(key), length, _time);
        file.Pin();
        lock (_lock)
        {
            // Under the lock, or an eviction of the blob that was here before would take this file.
            _folder.Keep(key);
            // A blob that a damaged store copy or a replaced file left here: its room is free again.
            if (_files.Remove(key, out var old))
            {
                _used -= SpoolRoom.Of(old.Length);
                old.Close(); // or the disk would keep its bytes, counted nowhere
            }

            Add(file);
        }

        return file;
    }

    /// <summary>Takes a blob out of the spool.</summary>
    /// <param name="key">The blob.</param>
    /// <param name="evenHeld">Even if somebody reads it or the store does not have it yet: its bytes are wrong.</param>
    /// <param name="bytes">What it took.</param>
    public Eviction Evict(SpoolKey key, bool evenHeld, out long bytes)
    {
        bytes = 0;
        lock (_lock)
        {
            if (!_files.TryGetValue(key, out var file))
            {
                return Eviction.NotHere;
            }

            if (!evenHeld && !file.IsGone && (file.IsBeingRead || !file.IsEvictable(evenPending: false)))
            {
                return Eviction.Held;
            }

            bytes = SpoolRoom.Of(file.Length);
            Remove(file);
        }

        ServeWaiting();
        return Eviction.Gone;
    }

    /// <summary>All blobs, in no order.</summary>
    public IReadOnlyList<SpoolKey> Keys()
    {
        lock (_lock)
        {
            return [.. _files.Keys];
        }
    }

    /// <summary>Something became evictable: those who wait for room may get it.</summary>
    public void ServeWaiting()
    {
        lock (_lock)
        {
            while ((FirstUrgent() ?? _waiting.First) is { } turn)
            {
                var evenPending = _time.GetElapsedTime(turn.Value.Since) > UploadPatience;
                if (!TryMakeRoom(turn.Value.Bytes, evenPending))
                {
                    return;
                }

                _used += turn.Value.Bytes;
                _waiting.Remove(turn);
                turn.Value.Ready.SetResult();
            }

            _retry.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Call at a clean end: the blobs can be trusted at the next start even if the machine restarts.</summary>
    public void Dispose()
    {
        _retry.Dispose();
        _folder.MarkClean();
    }

    private void GiveUp(LinkedListNode<Waiter> turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (turn.List is null)
            {
                return;
            }

            _waiting.Remove(turn);
        }

        turn.Value.Ready.TrySetCanceled(cancellationToken);
    }

    private LinkedListNode<Waiter>? FirstUrgent()
    {
        var turn = _waiting.First;
        while (turn is { Value.Urgent.IsCompleted: false })
        {
            turn = turn.Next;
        }

        return turn;
    }

    /// <summary>Evicts until there is room. Under _lock.</summary>
    private bool TryMakeRoom(long bytes, bool evenPending)
    {
        List<SpoolFile> staying = [];
        while (_used + bytes > LimitBytes && _byUse.TryDequeue(out var file, out var queuedAt))
        {
            if (!_files.TryGetValue(file.Key, out var current) || current != file)
            {
                continue;
            }

            if (!file.IsGone && file.LastUsed > queuedAt)
            {
                // Used since it was queued: to the place that it has now.
                _byUse.Enqueue(file, file.LastUsed);
            }
            else if (!file.IsGone && (file.IsBeingRead || !file.IsEvictable(evenPending)))
            {
                staying.Add(file);
            }
            else
            {
                Remove(file);
            }
        }

        staying.ForEach(file => _byUse.Enqueue(file, file.LastUsed));
        return _used + bytes <= LimitBytes;
    }

    /// <summary>Under _lock.</summary>
    private void Remove(SpoolFile file)
    {
        file.Remove();
        _files.Remove(file.Key);
        _used -= SpoolRoom.Of(file.Length);
        Interlocked.Increment(ref _counters.Evictions);
    }

    private void Add(SpoolFile file)
    {
        _files.Add(file.Key, file);
        _byUse.Enqueue(file, file.LastUsed);
    }

    private readonly record struct Waiter(long Bytes, Task Urgent, long Since, TaskCompletionSource Ready);
}
