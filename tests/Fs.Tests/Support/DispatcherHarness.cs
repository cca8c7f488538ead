using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>A dispatcher with all it needs, and no device. Reply threads are replaced by <see cref="RunReadyAsync"/>.</summary>
internal sealed class DispatcherHarness
{
    private readonly WorkQueue<ParkedRequest> _ready = new();
    private readonly ReplyBuffer _reply = new();
    private readonly ReplyBuffer _replyOfParked = new();

    public DispatcherHarness(IFileTree tree, bool noOpen = true, bool passthrough = false)
    {
        OpenFiles = new OpenFiles(Registry, Counters, Logger);
        InFlight = new InFlightRequests(new ReplySender(Channel, Logger), _ready, TimeSpan.FromSeconds(60), Time, Counters, Logger);
        var operations = new FuseOperations(
            tree,
            new FileOwner(1234, 5678),
            new OpenAnswers(
                noOpen,
                noOpen,
                passthrough ? new PassthroughOpening((IBackedFileTree)tree, OpenFiles, TimeSpan.FromSeconds(10), Time) : null),
            InFlight,
            Counters);
        Dispatcher = new FuseDispatcher(operations, Counters, Logger);
    }

    public RecordingChannel Channel { get; } = new();

    public RecordingRegistry Registry { get; } = new();

    public OpenFiles OpenFiles { get; }

    public RecordingLogger Logger { get; } = new();

    public FuseCounters Counters { get; } = new();

    public ManualTime Time { get; } = new();

    public InFlightRequests InFlight { get; }

    public FuseDispatcher Dispatcher { get; }

    public byte[] Dispatch(byte[] packet) => DispatchSpan(packet).ToArray();

    public ReadOnlySpan<byte> DispatchSpan(ReadOnlySpan<byte> packet) => Dispatcher.Dispatch(packet, _reply);

    /// <summary>Does what a reply thread does with the next request that is ready, waiting for it.</summary>
    public Task RunReadyAsync() => Task.Run(() =>
    {
        Assert.True(_ready.TryDequeue(out var request));
        InFlight.Proceed(request, _replyOfParked);
    });
}
