using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that can be down, break off, and hold damaged objects.</summary>
internal sealed class FailingStore : ObjectsInMemory
{
    private int _puts;
    private int _fetches;

    public override string Url => "memory://";

    /// <summary>Whether every call fails.</summary>
    public bool Down { get; set; }

    /// <summary>Completed before an object is taken or refused.</summary>
    public Task PutGate { get; set; } = Task.CompletedTask;

    /// <summary>Breaks off the next fetch after so many bytes.</summary>
    public int? BreakAfter { get; set; }

    /// <summary>Objects taken, whole or in parts, also where the same was there.</summary>
    public int Puts => _puts;

    public int Fetches => _fetches;

    public override async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        OnCall();
        Interlocked.Increment(ref _fetches);
        if (BreakAfter is not { } after || !Objects.TryGetValue(key, out var found))
        {
            return await base.TryFetchAsync(key, sink, priority, cancellationToken);
        }

        BreakAfter = null;
        await sink.BeginAsync(found.Bytes.Length, cancellationToken);
        sink.WritePortions(0, found.Bytes.AsSpan(0, after));
        throw new StoreException(StoreError.OutOfReach, "as scripted");
    }

    protected override void OnCall()
    {
        if (Down)
        {
            throw new StoreException(StoreError.OutOfReach, "as scripted");
        }
    }

    protected override async Task OnPutAsync(CancellationToken cancellationToken)
    {
        await PutGate.WaitAsync(cancellationToken);
        await base.OnPutAsync(cancellationToken);
    }

    protected override void OnStored(string key) => Interlocked.Increment(ref _puts);
}
