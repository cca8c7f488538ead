using System.Buffers;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// Reads a body in as few and large pieces as it arrives in: gathers while more is there at once, and hands on what it has before
/// it waits for the connection, so that nobody waits for bytes that are here. Pieces end at multiples of <see cref="BlockSize"/> of
/// the file where they can: the page cache takes those at half the price.
/// </summary>
internal sealed class BodyReader(Stream body) : IDisposable
{
    /// <summary>Bytes; of a power of two, as the kernel's folios are.</summary>
    public const int BlockSize = 512 * 1024;

    private byte[]? _buffer; // rented when it is needed
    private Task<int>? _reading; // into the buffer, from _filled on
    private int _filled;

    /// <summary>The next bytes, valid until the next call.</summary>
    /// <param name="position">Where in the file they begin: where those of the last call ended.</param>
    /// <param name="most">No more are asked for; more may come where the last call was allowed them.</param>
    /// <param name="cancellationToken">The same for all calls.</param>
    /// <returns>None at the end of the body.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(long position, long most, CancellationToken cancellationToken)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(BlockSize);
        // What the last call gave may be written over, unless a read goes on behind it.
        var start = _reading is null ? 0 : _filled;
        var end = start + (int)Math.Min(Math.Min(BlockSize - (position % BlockSize), BlockSize - start), most);
        for (_filled = start; _filled < end;)
        {
            _reading ??= body.ReadAsync(_buffer.AsMemory(_filled, end - _filled), cancellationToken).AsTask();
            if (_filled > start && !_reading.IsCompletedSuccessfully)
            {
                break;
            }

            var count = await _reading.ConfigureAwait(false);
            _reading = null;
            _filled += count;
            if (count == 0)
            {
                break;
            }
        }

        return _buffer.AsMemory(start, _filled - start);
    }

    /// <summary>
    /// The next bytes, as they come, to where they stay: nothing is gained by gathering there. Nothing is written into the room once this
    /// has ended, whatever way. For a body of which <see cref="NextAsync"/> gave nothing.
    /// </summary>
    /// <param name="room">Where they go.</param>
    /// <param name="most">No more are asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The part of the room that was written; none at the end of the body.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(Memory<byte> room, long most, CancellationToken cancellationToken) =>
        room[..await body.ReadAsync(room[..(int)Math.Min(room.Length, most)], cancellationToken).ConfigureAwait(false)];

    /// <inheritdoc/>
    public void Dispose()
    {
        // A read that nobody awaits may still write into the buffer: then it is nobody else's.
        if (_reading is null && _buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}
