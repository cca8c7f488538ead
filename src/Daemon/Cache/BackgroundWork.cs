namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Work that nobody awaits while the daemon runs, and that its end waits for: what it still writes must not come after the index
/// was closed, nor into folders that are somebody else's again. Whoever ends it cancels it first.
/// </summary>
internal sealed class BackgroundWork : IAsyncDisposable
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1; // and one for the owner, until it disposes this

    /// <summary>Begins some work; it tells its own failures.</summary>
    public void Run(Func<Task> work)
    {
        Interlocked.Increment(ref _running);
        _ = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }
        });
    }

    /// <summary>Completes when all has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        Leave();
        await _idle.Task.ConfigureAwait(false);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
