using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// One conversation with the kernel over one descriptor: the threads and what they share. Nothing here has to be
/// known again by a successor that takes the descriptor over: nodes are the tree's own numbers, files have no
/// handles, and requests that were not answered are sent again.
/// </summary>
internal sealed class FuseSession
{
    private readonly FuseDevice _device;
    private readonly FuseMountOptions _options;
    private readonly ILogger _logger;
    private readonly WorkQueue<ParkedRequest> _ready = new();
    private readonly InFlightRequests _inFlight;
    private readonly FuseDispatcher _dispatcher;
    private readonly FuseWorker[] _workers;
    private readonly OpenFiles _openFiles;
    private readonly SerialPhase _phase;
    private readonly CallerFollower _follower;

    private FuseSession(FuseDevice device, IFileTree tree, NegotiatedProtocol protocol, ReadModeChoice mode, FuseMountOptions options, ILogger logger)
    {
        _device = device;
        _options = options;
        _logger = logger;
        Mode = mode;
        var sender = new ReplySender(device, logger);
        _inFlight = new InFlightRequests(sender, _ready, options.ParkedReadLimit, TimeProvider.System, Counters, logger);
        Notifications = new NotificationWriter(device, Counters, logger);
        var owner = new FileOwner(Libc.EffectiveUserId(), Libc.EffectiveGroupId());
        _openFiles = new OpenFiles(device, Counters, logger);
        var opening = new OpenAnswers(
            mode.Mode == ReadMode.PageCache,
            protocol.NoOpenDirectory,
            mode.Mode == ReadMode.Passthrough
                ? new PassthroughOpening((IBackedFileTree)tree, _openFiles, BackingWaitLimit(options), TimeProvider.System)
                : null);
        var operations = new FuseOperations(tree, owner, opening, _inFlight, Counters);
        _dispatcher = new FuseDispatcher(operations, Counters, logger);
        _phase = new SerialPhase(Counters);
        _follower = new CallerFollower(device, _dispatcher, sender, _phase);
        _workers = new FuseWorker[options.DeviceThreads];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new FuseWorker(device, _dispatcher, sender, _phase, logger);
        }
    }

    public FuseCounters Counters { get; } = new();

    public NotificationWriter Notifications { get; }

    /// <summary>How files are opened, and why so.</summary>
    public ReadModeChoice Mode { get; }

    /// <summary>Completes when all threads have ended and the device is closed. Never fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Answers INIT and starts the threads. Owns the device from here on.</summary>
    /// <exception cref="FuseMountException">The handshake failed; the device is closed.</exception>
    public static async Task<FuseSession> StartAsync(FuseDevice device, IFileTree tree, FuseMountOptions options, ILogger logger)
    {
        NegotiatedProtocol? protocol = null;
        ReadModeChoice mode;
        try
        {
            var host = new HostResources();
            mode = ReadModeChoice.BeforeMount(options, tree, host.HasSysAdmin(), host.AvailableMemory());
            var aim = mode.Mode;
            await DedicatedThread.Run("fuse-init", () => protocol = Handshake.Run(device, options, aim)).ConfigureAwait(false);
            mode = mode.AfterHandshake(protocol!, device);
        }
        catch
        {
            device.Dispose();
            throw;
        }

        var session = new FuseSession(device, tree, protocol!, mode, options, logger);
        session.Completion = session.RunAsync();
        return session;
    }

    /// <summary>
    /// Leaves the tree alone from here on: what waits and what comes is answered ECONNABORTED. The threads end when
    /// the kernel ends the session.
    /// </summary>
    public void RefuseAll()
    {
        _dispatcher.RefuseAll();
        _inFlight.Close(Errno.ConnectionAborted);
    }

    /// <summary>An open that has waited too long for a backing file must still be answered before its own limit.</summary>
    private static TimeSpan BackingWaitLimit(FuseMountOptions options)
    {
        var half = options.ParkedReadLimit / 2;
        return options.BackingWaitLimit < half ? options.BackingWaitLimit : half;
    }

    private async Task RunAsync()
    {
        var notifier = DedicatedThread.Run("fuse-notify", Notifications.Run);
        var repliers = new Task[_options.ReplyThreads];
        for (var i = 0; i < repliers.Length; i++)
        {
            repliers[i] = DedicatedThread.Run($"fuse-reply-{i}", RunReplyThread);
        }

        var follower = Task.CompletedTask;
        if (_options.FollowsSerialCallers)
        {
            follower = DedicatedThread.Run("fuse-follower", _follower.Run);
        }
        else
        {
            _phase.End();
        }

        var devices = new Task[_workers.Length];
        for (var i = 0; i < devices.Length; i++)
        {
            devices[i] = DedicatedThread.Run($"fuse-{i}", _workers[i].Run);
        }

        // One thread ends when the kernel ended the session, and then all do; or by a fault of its own, and then
        // the others must not go on without it.
        await Task.WhenAny(devices).ConfigureAwait(false);
        RefuseAll();
        _phase.End();
        await EndOf("device", [.. devices, follower]).ConfigureAwait(false);
        _ready.Complete();
        Notifications.Complete();
        await EndOf("reply", repliers).ConfigureAwait(false);
        await EndOf("notification", [notifier]).ConfigureAwait(false);
        _device.Dispose();
        _openFiles.ReleaseAll();
    }

    private async Task EndOf(string kind, Task[] threads)
    {
        try
        {
            await Task.WhenAll(threads).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _logger.LogError(
                "A {Kind} thread of the mount failed with {Exception}{NewLine}{StackTrace}",
                kind,
                exception.GetType().FullName,
                Environment.NewLine,
                exception.StackTrace);
        }
    }

    private void RunReplyThread()
    {
        var reply = new ReplyBuffer();
        while (_ready.TryDequeue(out var request))
        {
            _inFlight.Proceed(request, reply);
        }
    }
}
