using System.Collections.Concurrent;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that tells when an object has arrived.</summary>
internal sealed class MemoryStore : ObjectsInMemory
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new();

    public override string Url => "memory:";

    /// <summary>Awaited before a listing is answered.</summary>
    public Func<Task> BeforeList { get; set; } = () => Task.CompletedTask;

    /// <summary>Awaited before one object is looked at.</summary>
    public Func<string, Task> BeforeStat { get; set; } = _ => Task.CompletedTask;

    /// <summary>Completes when an object is there.</summary>
    public Task WhenStoredAsync(string key) => Arrival(key).Task.WaitAsync(TestContext.Current.CancellationToken);

    protected override Task OnListAsync() => BeforeList();

    protected override Task OnStatAsync(string key) => BeforeStat(key);

    protected override void OnStored(string key) => Arrival(key).TrySetResult();

    private TaskCompletionSource Arrival(string key) =>
        _arrivals.GetOrAdd(key, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
