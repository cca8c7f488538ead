using System.Buffers;
using System.IO.Compression;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Unpacks tables into the spool, from the whole, checked <c>.gz</c>. The first time a table is read through once for its length,
/// which the index then remembers: room in the spool is reserved before a byte is written. One table at a time, since
/// each holds its <c>.gz</c> in the spool while it waits for that room.
/// </summary>
internal sealed class TableUnpacker(
    Spool spool, BlobCache cache, CacheIndex index, BackgroundWork background, CacheCounters counters, TimeProvider time, ILogger logger, CancellationToken stopping)
    : IDisposable
{
    private const int PieceSize = 128 * 1024;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The table in a <c>.csv.gz</c>, with what spool and index know of it.</summary>
    /// <param name="blobs">The data set.</param>
    /// <param name="file">The ordinal of the <c>.csv.gz</c>.</param>
    public UnpackedTable Open(DataSetBlobs blobs, int file)
    {
        var table = new UnpackedTable(blobs, file);
        var key = table.Key;
        var length = index.UnpackedLength(key);
        if (spool.TryFind(key, out var resident))
        {
            if (length is null || length == resident.Length)
            {
                table.Resident = resident;
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
            table.LearnLength(known);
        }

        return table;
    }

    /// <summary>Reads bytes that are here. Starts nothing, waits for nothing.</summary>
    /// <returns>False when they are not here: <see cref="WaitAsync"/> brings them.</returns>
    public bool TryRead(UnpackedTable table, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (table.Resident is not { } file || !file.TryRead(offset, destination, spool.Open, out count))
        {
            return false;
        }

        Interlocked.Increment(ref counters.Reads);
        Interlocked.Add(ref counters.ReadBytes, count);
        return true;
    }

    /// <summary>The table as a file, for who reads it without asking here again. Starts nothing, waits for nothing.</summary>
    /// <returns>Null when it is not here: <see cref="WaitAsync"/> brings it.</returns>
    public SpoolLease? TryLease(UnpackedTable table) => table.Resident?.TryLease(spool.Open);

    /// <summary>The length in bytes; the first time this fetches and reads through the <c>.gz</c>.</summary>
    /// <exception cref="CacheException">It cannot be unpacked.</exception>
    /// <exception cref="OriginException">The <c>.gz</c> cannot be had.</exception>
    public async Task<long> GetLengthAsync(UnpackedTable table, CancellationToken cancellationToken)
    {
        long length;
        while (!table.TryGetLength(out length))
        {
            await Require(table, withBytes: false).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return length;
    }

    /// <summary>Completes when <see cref="TryRead"/> has an answer; unpacks the table if it is not here.</summary>
    /// <exception cref="CacheException">It cannot be unpacked.</exception>
    /// <exception cref="OriginException">The <c>.gz</c> cannot be had.</exception>
    public Task WaitAsync(UnpackedTable table, CancellationToken cancellationToken) => Require(table, withBytes: true).WaitAsync(cancellationToken);

    /// <summary>Call when the background work has ended.</summary>
    public void Dispose() => _turn.Dispose();

    /// <summary>The one unpacking that all who ask wait for; whoever leaves does not end it.</summary>
    private Task Require(UnpackedTable table, bool withBytes)
    {
        lock (table.Changing)
        {
            if (withBytes ? table.Resident is { IsGone: false } : table.TryGetLength(out _))
            {
                return Task.CompletedTask;
            }

            if ((withBytes ? table.Unpacking : table.Measuring) is { } running)
            {
                return running;
            }

            if (table.Failure is { } failure)
            {
                if (failure.IsRecent)
                {
                    return Task.FromException(failure.Reason);
                }

                table.Failure = null;
            }

            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Set(table, withBytes, end.Task);
            background.Run(() => RunAsync(table, withBytes, end));
            return end.Task;
        }
    }

    private async Task RunAsync(UnpackedTable table, bool withBytes, TaskCompletionSource end)
    {
        try
        {
            await _turn.WaitAsync(stopping).ConfigureAwait(false);
            try
            {
                await UnpackAsync(table, withBytes).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }

            lock (table.Changing)
            {
                Set(table, withBytes, null);
            }

            end.SetResult();
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must be told, and nobody awaits this task.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stopping.IsCancellationRequested)
            {
                logger.LogWarning("A table could not be unpacked: {Reason}", e is OriginException or CacheException or StoreException ? e.Message : e.ToString());
            }

            lock (table.Changing)
            {
                table.Failure = new RecentFailure(e, time);
                Set(table, withBytes, null);
            }

            end.SetException(e);
            _ = end.Task.Exception; // those who asked may have left
        }
    }

    private async Task UnpackAsync(UnpackedTable table, bool withBytes)
    {
        using var packed = await LeaseAsync(table).ConfigureAwait(false);
        // Only now is it known which bytes the .gz has, if its listed ones are not what the origin serves.
        var key = table.Key;
        var room = spool.LimitBytes - SpoolRoom.Overhead - SpoolRoom.Of(packed.Length);
        if (!table.TryGetLength(out var length))
        {
            length = Unpack(packed, null, room);
            index.KeepUnpackedLength(key, length);
            table.LearnLength(length);
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
        var file = Write(packed, key, length);
        file.BeginReading();
        table.Resident = file;
        file.Unpin();
    }

    /// <summary>The whole <c>.gz</c>, kept in the spool while it is unpacked.</summary>
    private async Task<SpoolLease> LeaseAsync(UnpackedTable table)
    {
        while (true)
        {
            var packed = table.Packed;
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

    /// <summary>Writes the table into the room that was reserved for it.</summary>
    /// <returns>Pinned for the caller.</returns>
    private SpoolFile Write(SpoolLease packed, SpoolKey key, long length)
    {
        try
        {
            using var to = SpoolDisk.Do(() => spool.CreatePartial(key));
            return Unpack(packed, to, length) == length ? SpoolDisk.Do(() => spool.Commit(key, length)) : throw Damaged(null);
        }
        catch
        {
            spool.DeletePartial(key);
            spool.Release(length);
            throw;
        }
    }

    /// <summary>Unpacks a table.</summary>
    /// <param name="packed">The <c>.gz</c>.</param>
    /// <param name="to">Where the bytes go; null for nowhere.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <returns>Bytes that it has.</returns>
    /// <exception cref="CacheException">Damaged, or larger.</exception>
    private long Unpack(SpoolLease packed, SafeFileHandle? to, long most)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            using var file = File.OpenRead(packed.Path);
            using var table = new GZipStream(file, CompressionMode.Decompress);
            long length = 0;
            for (int count; (count = table.Read(piece)) > 0; length += count)
            {
                stopping.ThrowIfCancellationRequested();
                if (length + count > most)
                {
                    // More than was found the first time: the .gz is another one, though nothing said so.
                    throw to is null ? TooLarge() : Damaged(null);
                }

                if (to is not null)
                {
                    RandomAccess.Write(to, piece.AsSpan(0, count), length);
                }
            }

            // Nothing at all is no .gz, and what has no trailer is cut.
            return file.Length > 0 ? length : throw Damaged(null);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SpoolDisk.Failed(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static void Set(UnpackedTable table, bool withBytes, Task? running) =>
        _ = withBytes ? table.Unpacking = running : table.Measuring = running;

    private static CacheException Damaged(Exception? cause) => new(
        CacheError.Damaged, "The .gz is what the origin has, but no whole gzip file. Its bytes as they are can be read under the name that ends in .gz.", cause);

    private CacheException TooLarge() => new(
        CacheError.NoRoom,
        $"A .gz and what it holds do not fit into the spool of {spool.LimitBytes} bytes together. Start the daemon with a larger --spool-size, or read the .gz.");
}
