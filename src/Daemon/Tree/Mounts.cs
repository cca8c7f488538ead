using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Tree;

/// <summary>The mounts of this daemon.</summary>
internal sealed class Mounts(BlobCache cache, DirectorySizes directorySizes, FuseMountOptions options, long spoolLimitBytes, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly List<Mounted> _mounted = []; // under _lock
    private readonly List<FuseMount> _sessions = []; // under _lock; those that were unmounted but are still read included

    /// <summary>What is mounted.</summary>
    public IReadOnlyList<Mounted> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _mounted];
            }
        }
    }

    /// <summary>Mounts a data set; returns when the mount can be used.</summary>
    /// <exception cref="FuseMountException">It cannot be mounted there.</exception>
    public async Task<Mounted> MountAsync(string mountPoint, OpenDataSet dataSet, CancellationToken cancellationToken)
    {
        // What was read before will be read again. What the spool cannot hold either comes over the network in any mode.
        var workingSet = Math.Min(dataSet.Blobs.Stored.Bytes, spoolLimitBytes);
        await dataSet.PrepareAsync(again: true, cancellationToken).ConfigureAwait(false);
        var tree = new LayeredTree(dataSet, cache, directorySizes);
        FuseMount fuse;
        try
        {
            fuse = await FuseMount.MountAsync(
                mountPoint, tree, options with { WorkingSetBytes = workingSet }, logger, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            tree.Dispose();
            throw;
        }

        var mounted = new Mounted(fuse, dataSet);
        lock (_lock)
        {
            _mounted.Add(mounted);
            _sessions.Add(fuse);
        }

        _ = ForgetAtEndAsync();
        return mounted;

        async Task ForgetAtEndAsync()
        {
            await fuse.Completion.ConfigureAwait(false);
            tree.Dispose();
            lock (_lock)
            {
                _mounted.Remove(mounted);
                _sessions.Remove(fuse);
            }
        }
    }

    /// <summary>
    /// Unmounts: the path is free when this returns. Programs that have files open there read on; nobody waits for them but
    /// <see cref="EndAsync"/>.
    /// </summary>
    /// <exception cref="FuseMountException">The system refused.</exception>
    public async Task UnmountAsync(Mounted mounted)
    {
        try
        {
            await mounted.Fuse.UnmountAsync(Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Unmounted, and its waiting for open files cancelled as meant.
        }

        lock (_lock)
        {
            _mounted.Remove(mounted);
        }
    }

    /// <summary>Completes when the kernel has forgotten all that it was told to forget so far.</summary>
    public Task FlushAsync() => Task.WhenAll(All.Select(mounted => mounted.Fuse.FlushNotificationsAsync()));

    /// <summary>Unmounts everything, and waits until the last file is closed or the grace is over; then readers get errors.</summary>
    public async Task EndAsync(TimeSpan grace)
    {
        List<FuseMount> sessions;
        lock (_lock)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions.Select(EndOneAsync)).ConfigureAwait(false);

        async Task EndOneAsync(FuseMount session)
        {
            try
            {
                await session.UnmountAsync(grace, CancellationToken.None).ConfigureAwait(false);
            }
            catch (FuseMountException e)
            {
                logger.LogWarning("A mount could not be taken away: {Reason}", e.Message);
            }
        }
    }
}
