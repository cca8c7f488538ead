using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>One whole, checked blob in the spool.</summary>
internal sealed class SpoolFile(SpoolKey key, string path, long length, TimeProvider time)
{
    /// <summary>
    /// How long a file that is being read stays after its last read, so that a reader in the middle of a file is not
    /// made to fetch it again. Ends when the last byte was read.
    /// </summary>
    private static readonly TimeSpan ReadingGrace = TimeSpan.FromSeconds(1);

    private readonly Lock _opening = new();
    private volatile SafeFileHandle? _handle;
    private volatile bool _gone;
    private long _lastUsed = time.GetTimestamp();
    private long _lastRead; // 0 when nobody is in the middle
    private int _pins;

    /// <summary>Its name.</summary>
    public SpoolKey Key => key;

    /// <summary>Length in bytes.</summary>
    public long Length => length;

    /// <summary>Whether it was evicted, or removed by somebody else.</summary>
    public bool IsGone => _gone;

    /// <summary>Whether somebody keeps it from being evicted.</summary>
    public bool IsPinned => Volatile.Read(ref _pins) > 0;

    /// <summary>Whether its upload is not done yet.</summary>
    public bool IsUploadPending { get; set; }

    /// <summary>Whether a reader is in the middle of it.</summary>
    public bool IsBeingRead => Volatile.Read(ref _lastRead) is not 0 and var at && time.GetElapsedTime(at) < ReadingGrace;

    /// <summary>When it was last used, as a timestamp of the <see cref="TimeProvider"/>.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Set when it arrived, taken by the first reader: that read is no hit.</summary>
    public bool JustArrived { get; set; }

    /// <summary>Whether it may go to make room; with <paramref name="evenPending"/> also if only its upload holds it.</summary>
    public bool IsEvictable(bool evenPending) => Volatile.Read(ref _pins) <= (evenPending && IsUploadPending ? 1 : 0);

    /// <summary>Keeps it from being evicted until <see cref="Unpin"/>.</summary>
    public void Pin() => Interlocked.Increment(ref _pins);

    /// <summary>Takes back one <see cref="Pin"/>.</summary>
    public void Unpin() => Interlocked.Decrement(ref _pins);

    /// <summary>A reader is about to read.</summary>
    public void BeginReading() => Volatile.Write(ref _lastRead, time.GetTimestamp());

    /// <summary>Reads bytes.</summary>
    /// <returns>False when the file is gone; never a partial read but at the end of the file.</returns>
    public bool TryRead(long offset, Span<byte> destination, OpenSpoolFiles open, out int count)
    {
        count = 0;
        while (!_gone)
        {
            try
            {
                if ((_handle ?? Open(open)) is not { } handle)
                {
                    return false;
                }

                count = offset >= length ? 0 : RandomAccess.Read(handle, destination, offset);
                if (count < Math.Min(destination.Length, length - offset))
                {
                    // Somebody cut it: not a blob any more.
                    _gone = true;
                    return false;
                }

                var now = time.GetTimestamp();
                Volatile.Write(ref _lastUsed, now);
                Volatile.Write(ref _lastRead, offset + count >= length ? 0 : now);
                return true;
            }
            catch (ObjectDisposedException)
            {
                // Closed in between, to keep the number of open files bounded: open it again.
            }
        }

        return false;
    }

    /// <summary>Keeps the file, and a descriptor of it open, until the lease is disposed.</summary>
    /// <returns>Null when the file is gone.</returns>
    public SpoolLease? TryLease(OpenSpoolFiles open)
    {
        Pin();
        for (var held = false; !_gone;)
        {
            try
            {
                if ((_handle ?? Open(open)) is { } handle)
                {
                    handle.DangerousAddRef(ref held);
                    return new SpoolLease(this, handle);
                }
            }
            catch (ObjectDisposedException)
            {
                // Closed in between, as in TryRead.
            }
        }

        Unpin();
        return null;
    }

    /// <summary>The SHA-256 of its bytes as they are on the disk now.</summary>
    /// <returns>Null when the file is gone.</returns>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<byte[]?> HashAsync(OpenSpoolFiles open, CancellationToken cancellationToken)
    {
        using var lease = TryLease(open);
        if (lease is null)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long offset = 0;
            for (int count; (count = await RandomAccess.ReadAsync(lease.Handle, buffer, offset, cancellationToken).ConfigureAwait(false)) > 0; offset += count)
            {
                hash.AppendData(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Takes over a handle that is open already.</summary>
    public void Adopt(SafeFileHandle handle, OpenSpoolFiles open)
    {
        _handle = handle;
        open.Opened(this);
    }

    /// <summary>Closes the handle; the next read opens it again.</summary>
    public void Close()
    {
        lock (_opening)
        {
            _handle?.Dispose();
            _handle = null;
        }
    }

    /// <summary>Removes the file.</summary>
    public void Remove()
    {
        _gone = true;
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        Close();
    }

    /// <summary>The path, for whoever reads it as a stream while it is pinned.</summary>
    public string Path => path;

    private SafeFileHandle? Open(OpenSpoolFiles open)
    {
        lock (_opening)
        {
            if (_handle is { } other)
            {
                return other;
            }

            try
            {
                _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Removed by eviction, or by hand: either way it has to be fetched again.
                _gone = true;
                return null;
            }
        }

        open.Opened(this);
        return _handle;
    }
}
