using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a serializer puts the bytes of one message.</summary>
public abstract class SerializationContext
{
    /// <summary>Announces the length, so that the bytes can go straight to the wire.</summary>
    /// <param name="payloadLength">Bytes that will be written.</param>
    public abstract void SetPayloadLength(int payloadLength);

    /// <summary>Where to write; call <see cref="Complete()"/> afterwards.</summary>
    public abstract IBufferWriter<byte> GetBufferWriter();

    /// <summary>The bytes written to <see cref="GetBufferWriter"/> are the message.</summary>
    public abstract void Complete();

    /// <summary>These bytes are the message.</summary>
    /// <param name="payload">The message.</param>
    public abstract void Complete(byte[] payload);
}
