using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>One range of a file that arrives in memory.</summary>
/// <param name="range">Which.</param>
/// <param name="buffer">Room for it.</param>
/// <param name="hash">
/// The file's checksum where the range is its first, computed while the bytes are warm; null where earlier ranges come before.
/// </param>
/// <param name="urgent">Completes when a reader waits for the file.</param>
/// <param name="began">Told the length of the file.</param>
internal sealed class RangeInMemory(FileRange range, MoveBuffer buffer, IncrementalHash? hash, Task? urgent, Action<long> began) : IFetchSink
{
    private readonly Lock _lock = new();
    private long _hashed; // under _lock

    /// <inheritdoc/>
    public Task? Urgent => urgent;

    /// <inheritdoc/>
    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        began(length);
        buffer.SetLength(range.CountIn(length));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Memory<byte> RoomAt(long offset) => buffer.RoomAt(offset - range.Offset);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        buffer.Write(offset - range.Offset, bytes);
        if (hash is null)
        {
            return;
        }

        lock (_lock)
        {
            if (offset == _hashed)
            {
                hash.AppendData(bytes);
                _hashed += bytes.Length;
            }
        }
    }

    /// <inheritdoc/>
    public void Restart()
    {
        lock (_lock)
        {
            _hashed = 0;
            hash?.GetHashAndReset();
        }
    }

    /// <summary>Adds to the file's checksum what of the range is not in it yet; all bytes are here, and all before them are in it.</summary>
    public void HashRest(IncrementalHash fileHash)
    {
        foreach (var block in buffer.AsSequence().Slice(_hashed))
        {
            fileHash.AppendData(block.Span);
        }
    }
}
