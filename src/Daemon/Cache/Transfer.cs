using System.Buffers;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// One fetch of one blob, shared by all its readers: a file that grows in the spool, the checksum computed on the way, and
/// those who wait. Readers get bytes as they arrive, but for the last block: that is released when the checksum was
/// found right (<see cref="Complete"/>), so nobody reads a damaged file to its end.
/// </summary>
internal sealed class Transfer(SpoolKey key, Spool spool, Action<long> lengthLearnt) : IFetchSink
{
    /// <summary>The last block: these bytes wait for the checksum.</summary>
    internal const int HeldBack = 128 * 1024;

    private readonly ArrivingHash _hash = ArrivingHash.Begin(); // disposed by Complete or Fail
    private readonly TaskCompletionSource _urgent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _length = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<TransferWaiter> _waiting = []; // under _lock
    private SafeFileHandle? _file;
    private long _reserved = -1;
    private long _contiguous; // under _lock: bytes since the beginning that have arrived
    private long _before; // bytes that an earlier fetch left in the file, and that were handed out in part
    private long _fileEnd; // under _lock
    private long _released;
    private long _handedOut;
    private long _firstDifference = long.MaxValue;
    private bool _done; // under _lock
    private Exception? _failure; // under _lock

    /// <summary>Length of the blob in bytes, as soon as it is known; fails with the transfer.</summary>
    public Task<long> Length => _length.Task;

    /// <inheritdoc/>
    public Task Urgent => _urgent.Task;

    /// <summary>The byte after the last that is handed out; negative for none.</summary>
    public long Released => Volatile.Read(ref _released);

    /// <summary>Whether somebody reads along, and will want the rest.</summary>
    public bool HasReaders { get; set; }

    /// <summary>Whether somebody has read its first byte already, so that the next who does is another reader.</summary>
    public bool BeginningWasRead { get; set; }

    /// <summary>
    /// Whether readers got bytes that are not those of the blob: a fetch that was handed out in part turned out damaged.
    /// </summary>
    public bool HandedOutOtherBytes => _firstDifference < Volatile.Read(ref _handedOut);

    /// <inheritdoc/>
    public async ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        await PrepareAsync(length, cancellationToken).ConfigureAwait(false);
        TellLength(length);
    }

    /// <summary>As <see cref="BeginAsync"/>, but nobody is told the length before the bytes were found right.</summary>
    public ValueTask BeginInDoubtAsync(long length, CancellationToken cancellationToken) => PrepareAsync(length, cancellationToken);

    private async ValueTask PrepareAsync(long length, CancellationToken cancellationToken)
    {
        if (_reserved == length)
        {
            Restart();
            return;
        }

        if (_reserved >= 0)
        {
            spool.Release(_reserved);
            _reserved = -1;
            if (_length.Task.IsCompleted)
            {
                // Another source, another length: the one that was told was wrong, and that is as good as wrong bytes.
                _firstDifference = 0;
                Interlocked.Increment(ref _handedOut);
            }

            Restart();
        }

        await spool.ReserveAsync(length, Urgent, cancellationToken).ConfigureAwait(false);
        _reserved = length;
        _file ??= SpoolDisk.Do(() => spool.CreatePartial(key));
    }

    private void TellLength(long length)
    {
        lengthLearnt(length);
        _length.TrySetResult(length);
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            NoteDifference(offset, bytes);
            RandomAccess.Write(_file!, bytes, offset);
            Arrived(_hash.Add(_file!, offset, bytes), offset + bytes.Length);
        }
        catch (IOException e)
        {
            throw SpoolDisk.Failed(e);
        }
    }

    /// <inheritdoc/>
    public void Restart()
    {
        // Nothing more is handed out until it is settled which bytes are right. A read that runs now may get old and new
        // bytes mixed: it has raised _handedOut before, so NoteDifference will tell.
        Volatile.Write(ref _released, long.MinValue);
        _before = Math.Max(_before, _contiguous);
        _contiguous = 0;
        _hash.FinishAndRestart();
    }

    /// <summary>The checksum of the bytes since the beginning or the last restart.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] Finish() => _hash.FinishAndRestart();

    /// <summary>A reader waits for it from now on.</summary>
    public void Hurry() => _urgent.TrySetResult();

    /// <summary>Makes the file a blob of the spool, pinned for the caller.</summary>
    public SpoolFile Commit()
    {
        if (_fileEnd > _reserved)
        {
            RandomAccess.SetLength(_file!, _reserved);
        }

        var file = SpoolDisk.Do(() => spool.Commit(key, _reserved));
        TellLength(_reserved);
        file.Adopt(_file!, spool.Open);
        return file;
    }

    /// <summary>Bytes that arrived and are released.</summary>
    /// <returns>False when some of the range are not.</returns>
    public bool TryRead(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        var end = offset + destination.Length;
        if (end > Volatile.Read(ref _released))
        {
            return false;
        }

        for (var seen = Volatile.Read(ref _handedOut); seen < end;)
        {
            var before = Interlocked.CompareExchange(ref _handedOut, end, seen);
            seen = before == seen ? end : before;
        }

        try
        {
            count = RandomAccess.Read(_file!, destination, offset);
            return count == destination.Length;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Completes when a range can be read, or the transfer is done.</summary>
    public Task WaitAsync(long offset, int length, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                return Task.FromException(_failure);
            }

            if (_done || offset + length <= Volatile.Read(ref _released))
            {
                return Task.CompletedTask;
            }

            var waiter = new TransferWaiter(offset + length, cancellationToken);
            _waiting.Add(waiter);
            return waiter.Ready.Task;
        }
    }

    /// <summary>The blob is in the spool: everybody reads on from there.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _done = true;
            _waiting.ForEach(waiter => waiter.Finish(null));
            _waiting.Clear();
        }

        _hash.Dispose();
    }

    /// <summary>The transfer failed, for everybody who waits.</summary>
    /// <param name="reason">What readers get.</param>
    /// <param name="discard">Whether what arrived is thrown away; false when it became a blob for later readers.</param>
    public void Fail(Exception reason, bool discard)
    {
        try
        {
            if (discard)
            {
                // First of all: who is told of the failure finds nothing left of it.
                Discard();
            }
        }
        finally
        {
            lock (_lock)
            {
                _failure = reason;
                _waiting.ForEach(waiter => waiter.Finish(reason));
                _waiting.Clear();
            }

            if (_length.TrySetException(reason))
            {
                _ = _length.Task.Exception; // nobody may have asked for it
            }

            _hash.Dispose();
        }
    }

    private void Discard()
    {
        Volatile.Write(ref _released, long.MinValue);
        _file?.Dispose();
        try
        {
            spool.DeletePartial(key);
        }
        finally
        {
            if (_reserved >= 0)
            {
                spool.Release(_reserved);
            }
        }
    }

    private void Arrived(long contiguous, long end)
    {
        lock (_lock)
        {
            _fileEnd = Math.Max(_fileEnd, end);
            if (contiguous <= _contiguous)
            {
                return;
            }

            _contiguous = contiguous;
            if (contiguous > _before)
            {
                var released = Math.Min(contiguous, _reserved - HeldBack);
                Volatile.Write(ref _released, released);
                _waiting.RemoveAll(waiter => waiter.End <= released && waiter.Finish(null));
            }
        }
    }

    /// <summary>While a file is fetched again over its first bytes: where do the two differ first?</summary>
    private void NoteDifference(long offset, ReadOnlySpan<byte> bytes)
    {
        var common = (int)Math.Min(bytes.Length, _before - offset);
        if (common <= 0)
        {
            return;
        }

        var earlier = ArrayPool<byte>.Shared.Rent(common);
        try
        {
            var count = RandomAccess.Read(_file!, earlier.AsSpan(0, common), offset);
            var same = earlier.AsSpan(0, count).CommonPrefixLength(bytes[..common]);
            if (same < common)
            {
                lock (_lock)
                {
                    _firstDifference = Math.Min(_firstDifference, offset + same);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(earlier);
        }
    }
}
