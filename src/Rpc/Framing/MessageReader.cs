using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace MimicCxr.Rpc.Framing;

/// <summary>
/// Takes messages off a stream: one byte 0 (plain) or 1 (compressed), the length as four bytes, highest first, then
/// the message. A message is parsed where it lies; only unpacking copies it.
/// </summary>
/// <param name="pipe">The stream. The reader does not complete it.</param>
/// <param name="maxMessageSize">Bytes of the largest message taken, packed and unpacked.</param>
/// <param name="gzip">Whether the stream's header names gzip, so that compressed messages are allowed.</param>
internal sealed class MessageReader(PipeReader pipe, int maxMessageSize, bool gzip)
{
    public const int HeaderSize = 5;

    private readonly ReceivedPayload _payload = new();

    /// <summary>The next message, or null at the end of the stream.</summary>
    /// <exception cref="RpcException">The bytes are not what the protocol allows.</exception>
    public async ValueTask<T?> ReadAsync<T>(Func<DeserializationContext, T> deserialize, CancellationToken cancellationToken)
        where T : class
    {
        var result = await pipe.ReadAtLeastAsync(HeaderSize, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.IsEmpty)
        {
            pipe.AdvanceTo(result.Buffer.End);
            return null;
        }

        var (compressed, length) = ReadHeader(result);
        var frameLength = HeaderSize + length;
        if (result.Buffer.Length < frameLength)
        {
            pipe.AdvanceTo(result.Buffer.Start);
            result = await pipe.ReadAtLeastAsync(frameLength, cancellationToken).ConfigureAwait(false);
        }

        var consumed = result.Buffer.End;
        try
        {
            if (result.Buffer.Length < frameLength)
            {
                throw FramingErrors.Truncated();
            }

            var body = result.Buffer.Slice(HeaderSize, length);
            consumed = body.End;
            return Parse(body, compressed, deserialize);
        }
        finally
        {
            pipe.AdvanceTo(consumed);
        }
    }

    /// <summary>The only message of a stream, read to the stream's end.</summary>
    public async ValueTask<T> ReadSingleAsync<T>(Func<DeserializationContext, T> deserialize, CancellationToken cancellationToken)
        where T : class
    {
        var message = await ReadAsync(deserialize, cancellationToken).ConfigureAwait(false) ?? throw FramingErrors.NoMessage();
        if (await ReadAsync(deserialize, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw FramingErrors.SecondMessage();
        }

        return message;
    }

    // Checks the header while the buffer is held; gives the buffer back only where it fails.
    private (bool Compressed, int Length) ReadHeader(ReadResult result)
    {
        RpcException error;
        if (result.Buffer.Length < HeaderSize)
        {
            error = FramingErrors.Truncated();
        }
        else
        {
            Span<byte> header = stackalloc byte[HeaderSize];
            result.Buffer.Slice(0, HeaderSize).CopyTo(header);
            var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
            if (header[0] > 1)
            {
                error = FramingErrors.UnknownFlag(header[0]);
            }
            else if (header[0] == 1 && !gzip)
            {
                error = FramingErrors.CompressedWithoutEncoding();
            }
            else if (length > maxMessageSize)
            {
                error = FramingErrors.TooLarge(length, maxMessageSize);
            }
            else
            {
                return (header[0] == 1, (int)length);
            }
        }

        pipe.AdvanceTo(result.Buffer.End);
        throw error;
    }

    private T Parse<T>(ReadOnlySequence<byte> body, bool compressed, Func<DeserializationContext, T> deserialize)
    {
        try
        {
            _payload.Bytes = compressed ? Gzip.Unpack(body, maxMessageSize) : body;
            return deserialize(_payload);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw FramingErrors.Unparsable(e);
        }
        finally
        {
            _payload.Bytes = default;
        }
    }
}
