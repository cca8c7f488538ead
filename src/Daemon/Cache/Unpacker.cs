using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Unpacks files into the spool, from the whole, checked <c>.gz</c>. The first time a file is read through once for its length,
/// which the index then remembers: room in the spool is reserved before a byte is written. One file at a time, since
/// each holds its <c>.gz</c> in the spool while it waits for that room.
/// </summary>
internal sealed class Unpacker(
    Spool spool, BlobCache cache, CacheIndex index, BackgroundWork background, CacheCounters counters, TimeProvider time, ILogger logger, CancellationToken stopping)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>What a packed file holds, with what spool and index know of it.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="file">The ordinal of the packed file.</param>
    /// <param name="how">How it is unpacked.</param>
    public UnpackedFile Open(DataSetBlobs blobs, int file, IUnpacking how)
    {
        var unpacked = new UnpackedFile(blobs, file, how);
        var key = unpacked.Key;
        var length = index.UnpackedLength(key);
        if (spool.TryFind(key, out var resident))
        {
            if (length is null || length == resident.Length)
            {
                unpacked.Resident = resident;
                length = resident.Length;
            }
            else
            {
                // Cut by something else.
                spool.Evict(key, evenHeld: true, out _);
            }
        }

        if (length is { } known)
        {
            unpacked.LearnLength(known);
        }

        return unpacked;
    }

    /// <summary>Reads bytes that are here. Starts nothing, waits for nothing.</summary>
    /// <returns>False when they are not here: <see cref="WaitAsync"/> brings them.</returns>
    public bool TryRead(UnpackedFile unpacked, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (unpacked.Resident is not { } file || !file.TryRead(offset, destination, spool.Open, out count))
        {
            return false;
        }

        Interlocked.Increment(ref counters.Reads);
        Interlocked.Add(ref counters.ReadBytes, count);
        return true;
    }

    /// <summary>What was unpacked as a file, for who reads it without asking here again. Starts nothing, waits for nothing.</summary>
    /// <returns>Null when it is not here: <see cref="WaitAsync"/> brings it.</returns>
    public SpoolLease? TryLease(UnpackedFile unpacked) => unpacked.Resident?.TryLease(spool.Open);

    /// <summary>The length in bytes; the first time this fetches and reads through the <c>.gz</c>.</summary>
    /// <exception cref="CacheException">It cannot be unpacked.</exception>
    /// <exception cref="OriginException">The <c>.gz</c> cannot be had.</exception>
    public async Task<long> GetLengthAsync(UnpackedFile unpacked, CancellationToken cancellationToken)
    {
        long length;
        while (!unpacked.TryGetLength(out length))
        {
            await Require(unpacked, withBytes: false).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return length;
    }

    /// <summary>Completes when <see cref="TryRead"/> has an answer; unpacks the file if it is not here.</summary>
    /// <exception cref="CacheException">It cannot be unpacked.</exception>
    /// <exception cref="OriginException">The <c>.gz</c> cannot be had.</exception>
    public Task WaitAsync(UnpackedFile unpacked, CancellationToken cancellationToken) => Require(unpacked, withBytes: true).WaitAsync(cancellationToken);

    /// <summary>Refuses what is not here and cannot be made, since the spool is too small.</summary>
    /// <param name="unpacked">What is to be made.</param>
    /// <param name="packedLength">The length of the packed file.</param>
    /// <param name="least">The length that it has at least, as long as its own is not known.</param>
    /// <exception cref="CacheException">It cannot be made.</exception>
    public void RequireRoom(UnpackedFile unpacked, long packedLength, long least)
    {
        if (unpacked.Resident is not { IsGone: false } && SpoolRoom.Of(unpacked.TryGetLength(out var length) ? length : least) > RoomBeside(packedLength))
        {
            throw TooLarge();
        }
    }

    /// <summary>Call when the background work has ended.</summary>
    public void Dispose() => _turn.Dispose();

    /// <summary>The one unpacking that all who ask wait for; whoever leaves does not end it.</summary>
    private Task Require(UnpackedFile unpacked, bool withBytes)
    {
        lock (unpacked.Changing)
        {
            if (withBytes ? unpacked.Resident is { IsGone: false } : unpacked.TryGetLength(out _))
            {
                return Task.CompletedTask;
            }

            if ((withBytes ? unpacked.Unpacking : unpacked.Measuring) is { } running)
            {
                return running;
            }

            if (unpacked.Failure is { } failure)
            {
                if (failure.IsRecent)
                {
                    return Task.FromException(failure.Reason);
                }

                unpacked.Failure = null;
            }

            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Set(unpacked, withBytes, end.Task);
            background.Run(() => RunAsync(unpacked, withBytes, end));
            return end.Task;
        }
    }

    private async Task RunAsync(UnpackedFile unpacked, bool withBytes, TaskCompletionSource end)
    {
        try
        {
            // Brought before the turn is taken: a slow line holds up nobody else.
            (await LeaseAsync(unpacked).ConfigureAwait(false)).Dispose();
            await _turn.WaitAsync(stopping).ConfigureAwait(false);
            try
            {
                await UnpackAsync(unpacked, withBytes).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }

            lock (unpacked.Changing)
            {
                Set(unpacked, withBytes, null);
            }

            end.SetResult();
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must be told, and nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var failure = new RecentFailure(e, time);
            if (!stopping.IsCancellationRequested)
            {
                logger.LogWarning("A file could not be unpacked: {Reason}", failure.LogText);
            }

            lock (unpacked.Changing)
            {
                unpacked.Failure = failure;
                Set(unpacked, withBytes, null);
            }

            end.SetException(e);
            _ = end.Task.Exception; // those who asked may have left
        }
    }

    private async Task UnpackAsync(UnpackedFile unpacked, bool withBytes)
    {
        using var packed = await LeaseAsync(unpacked).ConfigureAwait(false);
        // Only now is it known which bytes the .gz has, if its listed ones are not what the origin serves.
        var key = unpacked.Key;
        var room = RoomBeside(packed.Length);
        if (!unpacked.TryGetLength(out var length))
        {
            length = Unpack(unpacked.How, packed, null, room);
            index.KeepUnpackedLength(key, length);
            unpacked.LearnLength(length);
        }

        if (!withBytes)
        {
            return;
        }

        if (SpoolRoom.Of(length) > room)
        {
            throw TooLarge();
        }

        await spool.ReserveAsync(length, urgent: Task.CompletedTask, stopping).ConfigureAwait(false);
        var file = Write(unpacked.How, packed, key, length);
        file.BeginReading();
        unpacked.Resident = file;
        file.Unpin();
    }

    /// <summary>The whole <c>.gz</c>, kept in the spool while it is unpacked.</summary>
    private async Task<SpoolLease> LeaseAsync(UnpackedFile unpacked)
    {
        while (true)
        {
            var packed = unpacked.Packed;
            if (cache.TryLease(packed) is { } lease)
            {
                return lease;
            }

            try
            {
                await cache.WaitAsync(packed, 0, int.MaxValue, stopping).ConfigureAwait(false);
            }
            catch (CacheException e) when (e.Error == CacheError.Replaced)
            {
                // Some reader of the .gz got damaged bytes, nobody here: the right ones are another blob.
            }
        }
    }

    /// <summary>Writes the file into the room that was reserved for it.</summary>
    /// <returns>Pinned for the caller.</returns>
    private SpoolFile Write(IUnpacking how, SpoolLease packed, SpoolKey key, long length)
    {
        try
        {
            using var to = SpoolDisk.Do(() => spool.CreatePartial(key));
            return Unpack(how, packed, to, length) == length ? SpoolDisk.Do(() => spool.Commit(key, length)) : throw Damaged(null);
        }
        catch
        {
            spool.DeletePartial(key);
            spool.Release(length);
            throw;
        }
    }

    /// <summary>Unpacks a file.</summary>
    /// <param name="how">How.</param>
    /// <param name="packed">The packed file.</param>
    /// <param name="to">Where the bytes go; null for nowhere.</param>
    /// <param name="most">Bytes that there may be.</param>
    /// <returns>Bytes that there are.</returns>
    /// <exception cref="CacheException">Damaged, or larger.</exception>
    private long Unpack(IUnpacking how, SpoolLease packed, SafeFileHandle? to, long most)
    {
        // More than was found the first time: the .gz is another one, though nothing said so.
        var bytes = new UnpackedBytes(to, most, () => to is null ? TooLarge() : Damaged(null), stopping);
        try
        {
            using var file = File.OpenRead(packed.Path);
            how.Unpack(file, bytes);
            // Nothing at all is no .gz, and what has no trailer is cut.
            return file.Length > 0 ? bytes.Length : throw Damaged(null);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SpoolDisk.Failed(e);
        }
    }

    private static void Set(UnpackedFile unpacked, bool withBytes, Task? running) =>
        _ = withBytes ? unpacked.Unpacking = running : unpacked.Measuring = running;

    private static CacheException Damaged(Exception? cause) => new(
        CacheError.Damaged, "The .gz is what the origin has, but no whole gzip file. Its bytes as they are can be read under the name that ends in .gz.", cause);

    private long RoomBeside(long packedLength) => spool.LimitBytes - SpoolRoom.Overhead - SpoolRoom.Of(packedLength);

    private CacheException TooLarge() => new(
        CacheError.NoRoom,
        $"A .gz and what it holds do not fit into the spool of {spool.LimitBytes} bytes together. Start the daemon with a larger --spool-size, or read the .gz.");
}
