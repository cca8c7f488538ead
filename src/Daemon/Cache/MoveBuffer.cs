using System.Buffers;

namespace MimicCxr.Daemon.Cache;

/// <summary>Bytes of a file on their way through memory. Disposed, its room is another's.</summary>
internal sealed class MoveBuffer(MoveMemory memory, long reserved) : IDisposable
{
    private byte[][] _blocks = [];
    private long _reserved = reserved;
    private long _length;

    /// <summary>Makes it as long as it has to be; what was reserved beyond that is given back.</summary>
    public void SetLength(long length)
    {
        var rounded = MoveMemory.Rounded(length);
        if (rounded > _reserved)
        {
            memory.Take(rounded - _reserved);
        }
        else
        {
            memory.Return(_reserved - rounded, []);
        }

        _reserved = rounded;
        _length = length;
        _blocks = new byte[(length + MoveMemory.BlockSize - 1) / MoveMemory.BlockSize][];
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = memory.Rent();
        }
    }

    /// <summary>The memory from an offset on, to the end of its block.</summary>
    public Memory<byte> RoomAt(long offset)
    {
        var (block, at) = Math.DivRem(offset, MoveMemory.BlockSize);
        return _blocks[block].AsMemory((int)at);
    }

    /// <summary>Keeps some bytes, which may be where they belong already; from several threads at a time.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var room = RoomAt(offset).Span;
            var some = bytes[..Math.Min(bytes.Length, room.Length)];
            // Equal where it is the same memory.
            if (some != room[..some.Length])
            {
                some.CopyTo(room);
            }

            bytes = bytes[some.Length..];
            offset += some.Length;
        }
    }

    /// <summary>All bytes, valid until disposal.</summary>
    public ReadOnlySequence<byte> AsSequence()
    {
        if (_blocks.Length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        var first = new Segment(_blocks[0], null);
        var last = _blocks.Skip(1).Aggregate(first, (before, block) => new Segment(block, before));
        return new ReadOnlySequence<byte>(first, 0, last, (int)(_length - last.RunningIndex));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        memory.Return(_reserved, _blocks);
        (_reserved, _blocks) = (0, []);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] block, Segment? before)
        {
            Memory = block;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + MoveMemory.BlockSize;
                before.Next = this;
            }
        }
    }
}
