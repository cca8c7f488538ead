using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;

namespace MimicCxr.Rpc.Framing;

/// <summary>
/// Takes the bytes of one message from generated code. Where the length is announced and nothing is compressed they go
/// straight into the stream's own memory; else they are collected first.
/// </summary>
internal sealed class PayloadWriter(PipeWriter pipe) : SerializationContext, IBufferWriter<byte>
{
    private ArrayBufferWriter<byte>? _collected;
    private byte[]? _payload;
    private bool _direct;
    private bool _complete;
    private int? _announced;
    private int _written;

    /// <summary>Whether bytes of the message are on the stream.</summary>
    public bool HasWritten { get; private set; }

    public void Begin(bool direct)
    {
        _direct = direct;
        _complete = false;
        _announced = null;
        _written = 0;
        _payload = null;
        _collected?.ResetWrittenCount();
        HasWritten = false;
    }

    /// <summary>Finishes the message on the stream.</summary>
    public void End(bool compressed)
    {
        if (!_complete)
        {
            throw new InvalidOperationException("The serializer did not complete the message.");
        }

        if (HasWritten)
        {
            if (_written != _announced)
            {
                throw new InvalidOperationException($"The serializer announced {_announced} bytes and wrote {_written}.");
            }

            return;
        }

        var plain = _payload ?? _collected?.WrittenMemory ?? default;
        compressed &= !plain.IsEmpty;
        var body = compressed ? Gzip.Pack(plain.Span) : plain;
        HasWritten = true;
        MessageWriter.WriteHeader(pipe, compressed, body.Length);
        pipe.Write(body.Span);
    }

    public override void SetPayloadLength(int payloadLength) => _announced = payloadLength;

    public override IBufferWriter<byte> GetBufferWriter()
    {
        if (_direct && _announced is { } length)
        {
            HasWritten = true;
            MessageWriter.WriteHeader(pipe, compressed: false, length);
            return this;
        }

        return _collected ??= new ArrayBufferWriter<byte>();
    }

    public override void Complete() => _complete = true;

    public override void Complete(byte[] payload)
    {
        _payload = payload;
        _complete = true;
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        _written += count;
        pipe.Advance(count);
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => pipe.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => pipe.GetSpan(sizeHint);
}
