using System.Collections.Concurrent;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that tells when an object has arrived.</summary>
internal sealed class MemoryStore : ObjectsInMemory
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new();

    public override string Url => "memory:";

    /// <summary>Completes when an object is there.</summary>
    public Task WhenStoredAsync(string key) => Arrival(key).Task.WaitAsync(TestContext.Current.CancellationToken);

    protected override void OnStored(string key) => Arrival(key).TrySetResult();

    private TaskCompletionSource Arrival(string key) =>
        _arrivals.GetOrAdd(key, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
