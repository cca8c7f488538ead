namespace MimicCxr.Daemon.Cache;

/// <summary>Somebody who waits until the bytes before <see cref="End"/> are there.</summary>
internal sealed class TransferWaiter
{
    private readonly CancellationTokenRegistration _cancellation;

    public TransferWaiter(long end, CancellationToken cancellationToken)
    {
        End = end;
        // Stays in the list until the next release; finished already, it is not finished twice.
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), Ready);
    }

    /// <summary>The byte after the last that is wanted.</summary>
    public long End { get; }

    /// <summary>Completes when they are there, or fails.</summary>
    public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends the waiting.</summary>
    /// <returns>True always, so that it can be the condition that removes it from a list.</returns>
    public bool Finish(Exception? failure)
    {
        _cancellation.Unregister();
        _ = failure is null ? Ready.TrySetResult() : Ready.TrySetException(failure);
        return true;
    }
}
