using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Tests.Framing;

public sealed class MessageWriterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WriteAsync_LengthAnnounced_WritesHeaderAndBytes() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 3, 1, 2, 3 }, await WriteAsync([1, 2, 3], Announced));

    [Fact]
    public async Task WriteAsync_LengthNotAnnounced_WritesTheSame() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 3, 1, 2, 3 }, await WriteAsync([1, 2, 3], NotAnnounced));

    [Fact]
    public async Task WriteAsync_CompletedWithArray_WritesTheSame() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 3, 1, 2, 3 }, await WriteAsync([1, 2, 3], (bytes, context) => context.Complete(bytes)));

    [Fact]
    public async Task WriteAsync_EmptyMessage_WritesTheHeader() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 0 }, await WriteAsync([], Announced));

    [Fact]
    public async Task WriteAsync_LengthOfFourBytes_WritesHighestFirst()
    {
        var written = await WriteAsync(new byte[0x010203], Announced);

        Assert.Equal([0, 0, 1, 2, 3], written[..5]);
        Assert.Equal(5 + 0x010203, written.Length);
    }

    [Fact]
    public async Task WriteAsync_Gzip_WritesFlagAndPackedBytes()
    {
        var written = await WriteAsync([1, 2, 3], Announced, gzip: true);

        Assert.Equal(1, written[0]);
        using var unpacked = new GZipStream(new MemoryStream(written[5..]), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        await unpacked.CopyToAsync(plain, Cancel);
        Assert.Equal([1, 2, 3], plain.ToArray());
    }

    // GZipStream writes nothing at all for no bytes, which other runtimes refuse to unpack.
    [Fact]
    public async Task WriteAsync_GzipButEmpty_WritesPlain() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 0 }, await WriteAsync([], Announced, gzip: true));

    [Fact]
    public async Task WriteAsync_GzipButNoCompress_WritesPlain() =>
        Assert.Equal(new byte[] { 0, 0, 0, 0, 1, 9 }, await WriteAsync([9], Announced, gzip: true, WriteFlags.NoCompress));

    [Fact]
    public void Write_SerializerWritesLessThanAnnounced_IsBroken()
    {
        var writer = new MessageWriter(new Pipe().Writer, gzip: false);

        Assert.Throws<InvalidOperationException>(() => writer.Write(
            "",
            (_, context) =>
            {
                context.SetPayloadLength(5);
                context.GetBufferWriter().Write(new byte[3]);
                context.Complete();
            },
            WriteFlags.None));

        Assert.True(writer.IsBroken);
    }

    [Fact]
    public void Write_SerializerFailsBeforeAnyByte_IsNotBroken()
    {
        var writer = new MessageWriter(new Pipe().Writer, gzip: false);

        Assert.Throws<FormatException>(() => writer.Write("", (_, _) => throw new FormatException(), WriteFlags.None));

        Assert.False(writer.IsBroken);
        Assert.False(writer.HasWritten);
    }

    [Fact]
    public async Task WriteAsync_WhileAnotherWaits_Throws()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        var writer = new MessageWriter(pipe.Writer, gzip: false);
        var first = writer.WriteAsync(new byte[] { 1 }, Announced, WriteFlags.None, Cancel).AsTask();

        Assert.False(first.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteAsync(new byte[] { 2 }, Announced, WriteFlags.None, Cancel).AsTask());

        await pipe.Reader.CompleteAsync();
        await first;
    }

    private static void Announced(byte[] message, SerializationContext context)
    {
        context.SetPayloadLength(message.Length);
        NotAnnounced(message, context);
    }

    private static void NotAnnounced(byte[] message, SerializationContext context)
    {
        context.GetBufferWriter().Write(message);
        context.Complete();
    }

    private static async Task<byte[]> WriteAsync(
        byte[] message, Action<byte[], SerializationContext> serialize, bool gzip = false, WriteFlags flags = WriteFlags.None)
    {
        var stream = new MemoryStream();
        var pipe = PipeWriter.Create(stream);
        var writer = new MessageWriter(pipe, gzip);
        await writer.WriteAsync(message, serialize, flags, Cancel);
        await pipe.CompleteAsync();
        Assert.True(writer.HasWritten);
        return stream.ToArray();
    }
}
