namespace MimicCxr.Daemon.Origin;

/// <summary>Lets a bounded number of requests through at a time, those of readers before those of jobs.</summary>
internal sealed class RequestGate(int limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource>[] _waiting = [new(), new()];
    private int _free = limit;

    /// <summary>Places that are free, and wanted by nobody.</summary>
    public int Idle
    {
        get
        {
            lock (_lock)
            {
                return _free;
            }
        }
    }

    /// <summary>Waits for a place; disposing the result gives it back.</summary>
    public async ValueTask<Place> EnterAsync(RequestPriority priority, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> turn;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Place(this);
            }

            turn = _waiting[(int)priority].AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        using var registration = cancellationToken.Register(() => GiveUp(turn, cancellationToken));
        await turn.Value.Task.ConfigureAwait(false);
        return new Place(this);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Not in a list any more: the place was given, and its owner gives it back.
            if (turn.List is null)
            {
                return;
            }

            turn.List.Remove(turn);
        }

        turn.Value.TrySetCanceled(cancellationToken);
    }

    private void Leave()
    {
        TaskCompletionSource next;
        lock (_lock)
        {
            var queue = _waiting[0].Count > 0 ? _waiting[0] : _waiting[1];
            if (queue.First is not { } turn)
            {
                _free++;
                return;
            }

            queue.Remove(turn);
            next = turn.Value;
        }

        next.SetResult();
    }

    /// <summary>A place behind the gate.</summary>
    public readonly struct Place(RequestGate gate) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => gate.Leave();
    }
}
