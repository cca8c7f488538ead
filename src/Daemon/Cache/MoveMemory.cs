namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The memory that all moves share, in blocks. Room is given in the order in which it was asked for, whatever its size, and
/// who has got it never asks for more before giving it back, apart from later parts of a file whose earlier ones
/// have theirs: so somebody can always go on.
/// </summary>
internal sealed class MoveMemory(long limit)
{
    /// <summary>Bytes of a block: received and sent by few system calls, and not much more than a small file needs.</summary>
    public const int BlockSize = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<(long Bytes, TaskCompletionSource Ready)> _waiting = new(); // under _lock
    private readonly Stack<byte[]> _free = new(); // under _lock
    private long _used; // under _lock

    /// <summary>Bytes given away.</summary>
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

    /// <summary>Waits for room for so many bytes.</summary>
    public async ValueTask<MoveBuffer> ReserveAsync(long bytes, CancellationToken cancellationToken)
    {
        var rounded = Rounded(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounded, limit);
        LinkedListNode<(long, TaskCompletionSource Ready)> turn;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _used + rounded <= limit)
            {
                _used += rounded;
                return new MoveBuffer(this, rounded);
            }

            turn = _waiting.AddLast((rounded, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        using var registration = cancellationToken.Register(() => GiveUp(turn, cancellationToken));
        await turn.Value.Ready.Task.ConfigureAwait(false);
        return new MoveBuffer(this, rounded);
    }

    /// <summary>What is reserved for so many bytes.</summary>
    public static long Rounded(long bytes) => Math.Max(1, (bytes + BlockSize - 1) / BlockSize) * BlockSize;

    /// <summary>Takes room without waiting: for a file that is longer than it was known to be.</summary>
    public void Take(long bytes)
    {
        lock (_lock)
        {
            _used += bytes;
        }
    }

    /// <summary>A block of what was reserved.</summary>
    public byte[] Rent()
    {
        lock (_lock)
        {
            return _free.TryPop(out var block) ? block : GC.AllocateUninitializedArray<byte>(BlockSize);
        }
    }

    /// <summary>Gives room back, with the blocks that were taken of it.</summary>
    public void Return(long bytes, IEnumerable<byte[]> blocks)
    {
        lock (_lock)
        {
            _used -= bytes;
            foreach (var block in blocks)
            {
                _free.Push(block);
            }

            if (_used == 0)
            {
                // The end of a job: the collector may have it.
                _free.Clear();
            }

            Serve();
        }
    }

    private void GiveUp(LinkedListNode<(long, TaskCompletionSource Ready)> turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (turn.List is null)
            {
                return; // given already; its owner gives it back
            }

            _waiting.Remove(turn);
            Serve();
        }

        turn.Value.Ready.TrySetCanceled(cancellationToken);
    }

    /// <summary>Under _lock.</summary>
    private void Serve()
    {
        while (_waiting.First is { } turn && _used + turn.Value.Bytes <= limit)
        {
            _used += turn.Value.Bytes;
            _waiting.Remove(turn);
            turn.Value.Ready.SetResult();
        }
    }
}
