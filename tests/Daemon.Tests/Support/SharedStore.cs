using System.Collections.Concurrent;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An object store in memory that several machines use: tells of their claims, and plays other machines.</summary>
internal sealed class SharedStore : ObjectsInMemory
{
    private readonly ConcurrentQueue<TaskCompletionSource> _awaited = new();
    private int _puts;

    public override string Url => "memory:";

    /// <summary>Files that were put, or found there already; claims are none.</summary>
    public int Puts => _puts;

    /// <summary>Claims that are there.</summary>
    public IReadOnlyCollection<string> Claims => [.. Objects.Keys.Where(key => key.StartsWith(OwnObjects.Claims, StringComparison.Ordinal))];

    /// <summary>What another machine does before anybody's claim is taken.</summary>
    public Action<string>? BeforeClaim { get; set; }

    /// <summary>Completes when the next one tries to claim.</summary>
    public Task WhenClaimedAsync()
    {
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited.Enqueue(tried);
        return tried.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Another machine renews its claim.</summary>
    public Task RenewAsync(string claim) =>
        PutAsync(claim, new([1]), new ObjectNote(null, false), overwrite: true, RequestPriority.Ahead, TestContext.Current.CancellationToken);

    protected override void OnCreate(string key)
    {
        BeforeClaim?.Invoke(key);
        if (_awaited.TryDequeue(out var tried))
        {
            tried.SetResult();
        }
    }

    protected override void OnStored(string key)
    {
        if (!key.StartsWith(OwnObjects.Prefix, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _puts);
        }
    }
}
