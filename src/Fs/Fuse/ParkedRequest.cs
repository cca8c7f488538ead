using System.Diagnostics.CodeAnalysis;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// A request that waits for the tree. It holds what is needed to answer later and nothing else: no buffer and no
/// thread. Who may answer it is decided by <see cref="InFlightRequests"/>.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "An interrupt may cancel at any time, so the source is never disposed; without a timer it holds nothing.")]
internal abstract class ParkedRequest(ulong unique, FuseOpcode opcode)
{
    private readonly CancellationTokenSource _cancellation = new();
    private ITimer? _limit;
    private ITimer? _watch;
    private int _waits;

    public ulong Unique => unique;

    public FuseOpcode Opcode => opcode;

    /// <summary>The thread that waits for the answer; 0 where the kernel cannot tell.</summary>
    public uint Thread { get; set; }

    /// <summary>Whether a wait completed, so that an answer can be tried.</summary>
    public bool HasWaited { get; private set; }

    /// <summary>Calls back when the limit is reached before <see cref="Finish"/>.</summary>
    public void StartLimit(TimeSpan limit, TimeProvider time, Action<ParkedRequest> reached) =>
        _limit = time.CreateTimer(_ => reached(this), null, limit, Timeout.InfiniteTimeSpan);

    /// <summary>Calls back again and again until <see cref="Finish"/>.</summary>
    public void StartWatch(TimeSpan interval, TimeProvider time, Action<ParkedRequest> look) =>
        _watch ??= time.CreateTimer(_ => look(this), null, interval, interval);

    /// <summary>Waits for the tree.</summary>
    public async Task WaitAsync()
    {
        // A range that was readable and is not any more was evicted meanwhile. That is rare; a tree in which it
        // happens again and again must not keep a processor busy.
        if (_waits++ > 1)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _cancellation.Token).ConfigureAwait(false);
        }

        await WaitForTreeAsync(_cancellation.Token).ConfigureAwait(false);
        HasWaited = true;
    }

    /// <summary>Writes the answer.</summary>
    /// <returns>False when the tree says "not yet" again.</returns>
    public abstract bool TryAnswer(Span<byte> body, out OperationResult result);

    /// <summary>The answer never reached the kernel: takes back what it stood for.</summary>
    public virtual void Discard()
    {
    }

    /// <summary>The request was answered: the limit is off, and nobody watches.</summary>
    public void Finish()
    {
        _limit?.Dispose();
        _watch?.Dispose();
    }

    /// <summary>Tells the tree that nobody waits any more. Its callbacks run elsewhere, never on a device thread.</summary>
    public void Cancel()
    {
        Finish();
        _ = _cancellation.CancelAsync();
    }

    protected abstract ValueTask WaitForTreeAsync(CancellationToken cancellationToken);
}
