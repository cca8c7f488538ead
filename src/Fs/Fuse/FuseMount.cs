using Microsoft.Extensions.Logging;

namespace MimicCxr.Fs.Fuse;

/// <summary>A tree that is mounted.</summary>
public sealed class FuseMount : IKernelCache, IAsyncDisposable
{
    // What the kernel needs to end a session that nobody uses.
    private static readonly TimeSpan LeastGrace = TimeSpan.FromSeconds(1);

    private readonly FuseSession _session;
    private readonly string _device;

    private FuseMount(FuseSession session, string mountPoint, string device)
    {
        _session = session;
        MountPoint = mountPoint;
        _device = device;
    }

    /// <summary>Where: an absolute path without symbolic links.</summary>
    public string MountPoint { get; }

    /// <summary>
    /// Completes when the session is over and its threads have ended: unmounted here or from outside, and the last
    /// file in it closed. Never fails.
    /// </summary>
    public Task Completion => _session.Completion;

    /// <summary>What the mount has done.</summary>
    public FuseCounters Counters => _session.Counters;

    /// <summary>How files are really opened; never <see cref="ReadMode.Auto"/>.</summary>
    public ReadMode ReadMode => _session.Mode.Mode;

    /// <summary>Why so: a phrase such as "as asked for" or "a working set of 3.0 GB fits in 12.1 GB of available memory".</summary>
    public string ReadModeReason => _session.Mode.Reason;

    /// <summary>
    /// Mounts a tree, in place of a stale mount that a killed daemon of this product left there. The tree is told by
    /// <see cref="IFileTree.Mounted"/> before this returns.
    /// </summary>
    /// <param name="mountPoint">An empty directory.</param>
    /// <param name="tree">What to show.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Gets failures; never an identifier of the data set.</param>
    /// <param name="ct">Gives up before anything is mounted; the mounting itself takes milliseconds.</param>
    /// <returns>The mount, ready to be used.</returns>
    /// <exception cref="FuseMountException">It cannot be mounted; the message says what to do.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async Task<FuseMount> MountAsync(
        string mountPoint,
        IFileTree tree,
        FuseMountOptions options,
        ILogger logger,
        CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(mountPoint);
        options.Validate();
        var path = Fuse.MountPoint.Resolve(mountPoint);
        await StaleMount.RemoveAsync(path, options.FileSystemName).ConfigureAwait(false);
        Fuse.MountPoint.RequireEmptyDirectory(path);
        ct.ThrowIfCancellationRequested();

        var device = await Mounting.MountAsync(path, options).ConfigureAwait(false);
        FuseSession? session = null;
        try
        {
            session = await FuseSession.StartAsync(device, tree, options, logger).ConfigureAwait(false);
            var number = MountTable.Find(path)?.Device ?? string.Empty;
            ReadAhead.TrySet(number, options.ReadAheadKiB, logger);
            var mount = new FuseMount(session, path, number);
            tree.Mounted(mount);
            return mount;
        }
        catch
        {
            // Without this a mount would stay that nobody serves.
            await Mounting.UnmountAsync(path).ConfigureAwait(false);
            session?.RefuseAll();
            throw;
        }
    }

    /// <summary>
    /// Takes the mount away. Programs that have files open go on reading, for as long as the grace allows; from backing files
    /// (<see cref="ReadMode.Passthrough"/>) even longer, since nobody but the kernel serves them.
    /// </summary>
    /// <param name="grace">
    /// How long to wait for the last file to be closed; then its readers get errors. Zero gives them errors at once.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the path is free by then, the session goes on.</param>
    /// <exception cref="FuseMountException">The system refused to unmount.</exception>
    public async Task UnmountAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        if (!Completion.IsCompleted && IsAtItsPath())
        {
            try
            {
                await Mounting.UnmountAsync(MountPoint, force: grace == TimeSpan.Zero).ConfigureAwait(false);
            }
            catch (FuseMountException) when (!IsAtItsPath())
            {
                // Somebody else was faster.
            }
        }

        try
        {
            var wait = grace >= TimeSpan.Zero && grace < LeastGrace ? LeastGrace : grace;
            await Completion.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _session.RefuseAll();

            // Where this cannot be had, readers get errors all the same, but the session ends with their last close.
            if (!Completion.IsCompleted && FuseConnection.TryAbort(_device))
            {
                await Completion.ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void ForgetPages(NodeId node) => _session.Notifications.InvalidateNode(node);

    /// <inheritdoc/>
    public void ForgetName(NodeId directory, ReadOnlySpan<byte> name) =>
        _session.Notifications.InvalidateName(directory, name);

    /// <summary>Unmounts without grace: files that are still open get errors.</summary>
    public async ValueTask DisposeAsync() =>
        await UnmountAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);

    /// <summary>Completes when the kernel has done all that was asked of its cache so far.</summary>
    public Task FlushNotificationsAsync() => _session.Notifications.FlushAsync();

    /// <summary>Whatever somebody else has mounted over this path is not ours to remove.</summary>
    private bool IsAtItsPath() => MountTable.Find(MountPoint)?.Device == _device;
}
