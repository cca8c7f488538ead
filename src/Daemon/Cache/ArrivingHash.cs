using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The SHA-256 of a file whose bytes arrive in any order. Whatever continues the beginning is hashed from memory; what came
/// early is read back from the file (its page cache) when the gap before it has closed.
/// </summary>
internal sealed class ArrivingHash : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<(long Start, long End)> _early = []; // a handful: one a connection
    private long _contiguous;

    private ArrivingHash()
    {
    }

    /// <summary>A hash of nothing yet.</summary>
    public static ArrivingHash Begin() => new();

    /// <summary>Some bytes were written to the file.</summary>
    /// <returns>Bytes that have arrived without a gap since the beginning.</returns>
    public long Add(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (offset != _contiguous)
            {
                AddEarly(offset, offset + bytes.Length);
                return _contiguous;
            }

            _hash.AppendData(bytes);
            _contiguous += bytes.Length;
            for (int next; (next = _early.FindIndex(early => early.Start == _contiguous)) >= 0; _early.RemoveAt(next))
            {
                HashFrom(file, _early[next].End);
            }

            return _contiguous;
        }
    }

    /// <summary>The checksum so far; begins again.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] FinishAndRestart()
    {
        lock (_lock)
        {
            _early.Clear();
            _contiguous = 0;
            return _hash.GetHashAndReset();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void AddEarly(long start, long end)
    {
        var before = _early.FindIndex(early => early.End == start);
        if (before >= 0)
        {
            start = _early[before].Start;
            _early.RemoveAt(before);
        }

        _early.Add((start, end));
    }

    private void HashFrom(SafeFileHandle file, long end)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (_contiguous < end)
            {
                var count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, end - _contiguous)), _contiguous);
                if (count == 0)
                {
                    throw new IOException("The spool file is shorter than what was written to it.");
                }

                _hash.AppendData(buffer.AsSpan(0, count));
                _contiguous += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
