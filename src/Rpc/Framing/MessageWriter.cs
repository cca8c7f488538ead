using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace MimicCxr.Rpc.Framing;

/// <summary>Puts messages on a stream, framed as <see cref="MessageReader"/> takes them. One write at a time.</summary>
/// <param name="pipe">The stream. The writer does not complete it.</param>
/// <param name="gzip">Whether messages are compressed, as the stream's header says.</param>
internal sealed class MessageWriter(PipeWriter pipe, bool gzip)
{
    private readonly PayloadWriter _payload = new(pipe);
    private int _writing;

    /// <summary>Whether any byte was put on the stream.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Whether a message broke off half way: nothing sensible can follow it.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Writes a message and waits until the other side has room for more.</summary>
    /// <param name="message">The message.</param>
    /// <param name="serialize">Turns it into bytes.</param>
    /// <param name="flags">Whether it may stay plain, or wait for the next.</param>
    /// <param name="cancellationToken">Gives up waiting for room.</param>
    /// <exception cref="InvalidOperationException">Another write has not completed.</exception>
    public async ValueTask WriteAsync<T>(T message, Action<T, SerializationContext> serialize, WriteFlags flags, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("A message is being written; await that write before the next.");
        }

        try
        {
            Write(message, serialize, flags);
            if (!flags.HasFlag(WriteFlags.BufferHint))
            {
                await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Writes a message without sending it: the end of the stream will.</summary>
    public void Write<T>(T message, Action<T, SerializationContext> serialize, WriteFlags flags)
    {
        var compressed = gzip && !flags.HasFlag(WriteFlags.NoCompress);
        _payload.Begin(direct: !compressed);
        try
        {
            serialize(message, _payload);
            _payload.End(compressed);
        }
        catch
        {
            IsBroken = _payload.HasWritten;
            throw;
        }
        finally
        {
            HasWritten |= _payload.HasWritten;
        }
    }

    /// <summary>Writes the five bytes before a message.</summary>
    public static void WriteHeader(PipeWriter pipe, bool compressed, int length)
    {
        var header = pipe.GetSpan(MessageReader.HeaderSize);
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        pipe.Advance(MessageReader.HeaderSize);
    }
}
