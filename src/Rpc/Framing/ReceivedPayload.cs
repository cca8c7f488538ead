using System.Buffers;
using Grpc.Core;

namespace MimicCxr.Rpc.Framing;

/// <summary>The bytes of one received message, as generated code wants them.</summary>
internal sealed class ReceivedPayload : DeserializationContext
{
    public ReadOnlySequence<byte> Bytes { get; set; }

    public override int PayloadLength => (int)Bytes.Length;

    public override byte[] PayloadAsNewBuffer() => Bytes.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => Bytes;
}
