namespace MimicCxr.Daemon.Requests;

/// <summary>A place behind a <see cref="RequestGate"/>, from waiting for it to giving it back; tells the gate how the request went.</summary>
internal sealed class RequestPlace(RequestGate gate, RequestPriority priority) : IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who waits for the request; changes under the gate's lock when a reader comes to wait for what a job began.</summary>
    public RequestPriority Priority { get; internal set; } = priority;

    /// <summary>Completes when the request may be made.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>Its turn while it waits, in a list that the gate guards.</summary>
    internal LinkedListNode<RequestPlace>? Turn { get; set; }

    /// <summary>The gate's round when it entered.</summary>
    internal int Round { get; private set; }

    /// <summary>Whether its bytes have to wait, for room: no job needs to stand still for it then. Under the gate's lock.</summary>
    internal bool IsHeldUp { get; set; }

    /// <summary>Tells that the server took the request.</summary>
    public void Succeeded() => gate.Succeeded(this);

    /// <summary>Tells how long the server took to begin its answer, from the end of the request on.</summary>
    public void Answered(TimeSpan after, bool hadBody = false) => gate.Answered(this, after, hadBody);

    /// <summary>Tells that the server was too busy, or broke the connection off, and for how long it wants no requests, if it said so.</summary>
    public void Refused(TimeSpan? pause) => gate.Refused(this, pause);

    /// <summary>Awaits what has to be done before bytes can be taken, such as waiting for room.</summary>
    public async ValueTask HoldUpAsync(ValueTask room)
    {
        if (room.IsCompletedSuccessfully)
        {
            return;
        }

        gate.HoldUp(this, true);
        try
        {
            await room.ConfigureAwait(false);
        }
        finally
        {
            gate.HoldUp(this, false);
        }
    }

    /// <summary>Stands still while readers are served, if this one is a job's.</summary>
    /// <returns>Whether it did.</returns>
    public Task<bool> YieldAsync(CancellationToken cancellationToken) =>
        Priority == RequestPriority.Bulk ? gate.YieldAsync(cancellationToken) : Task.FromResult(false);

    /// <summary>Gives the place back; nothing happens where that was done before.</summary>
    public void Dispose() => gate.Leave(this);

    /// <summary>Lets it in. Under the gate's lock.</summary>
    internal void Enter(int round)
    {
        Round = round;
        _entered.SetResult();
    }

    /// <summary>It has given up waiting. Under the gate's lock.</summary>
    internal void Cancel(CancellationToken cancellationToken) => _entered.TrySetCanceled(cancellationToken);
}
