namespace MimicCxr.Daemon.Cache;

/// <summary>
/// One blob on its way from the origin into the store through memory, shared by all jobs that want it there. Begun and
/// joined under the lock of its blob.
/// </summary>
internal sealed class Move
{
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _urgent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasBegun;
    private int _wanted;
    private int _users = 1; // who runs it, and all who join

    public Move(CancellationToken stopping) => _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);

    /// <summary>Ends it.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The whole of it; set where it is begun.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    /// <summary>Whether it ended for a reader's sake.</summary>
    public bool GaveWay { get; private set; }

    /// <summary>
    /// Completes when a reader who wants the blob need not wait for it any longer: the store has it, or may not have it soon.
    /// Never fails.
    /// </summary>
    public Task Settled => _settled.Task;

    /// <summary>Completes when a reader waits for it.</summary>
    public Task Urgent => _urgent.Task;

    /// <summary>The length is known and bytes follow.</summary>
    /// <param name="isSmall">Whether a reader had better wait for it.</param>
    public void Begin(bool isSmall)
    {
        _hasBegun = true;
        if (!isSmall)
        {
            Settle();
        }
    }

    /// <summary>Lets readers go on: it is over, or it waits for the store.</summary>
    public void Settle() => _settled.TrySetResult();

    /// <summary>
    /// A reader wants the blob now: what still waits for its turn among jobs leaves it to the reader's own fetch, what is
    /// under way hurries. Under the lock of the blob, before <see cref="Release"/>.
    /// </summary>
    public void GiveWay()
    {
        _urgent.TrySetResult();
        if (!_hasBegun)
        {
            GaveWay = true;
            Settle();
            // Not by Cancel: what waits would go on inside the lock.
            _ = _stop.CancelAsync();
        }
    }

    /// <summary>Somebody wants it, and waits with <see cref="JoinAsync"/>. Under the lock of the blob, before <see cref="Release"/>.</summary>
    public void Want()
    {
        Interlocked.Increment(ref _users);
        Interlocked.Increment(ref _wanted);
    }

    /// <summary>Waits for its end; where all who want it have given up, it ends.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (Interlocked.Decrement(ref _wanted) == 0 && !Completion.IsCompleted)
            {
                await _stop.CancelAsync().ConfigureAwait(false);
            }

            Release();
        }
    }

    /// <summary>It is over for whoever ran or joined it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _stop.Dispose();
        }
    }
}
