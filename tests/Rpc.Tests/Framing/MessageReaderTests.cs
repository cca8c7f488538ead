using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Tests.Framing;

public sealed class MessageReaderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_EmptyStream_ReturnsNull() =>
        Assert.Null(await (await ReaderAsync([])).ReadAsync(Copy, Cancel));

    [Fact]
    public async Task ReadAsync_EmptyMessage_ReturnsIt() => Assert.Equal(Array.Empty<byte>(), await ReadOneAsync([0, 0, 0, 0, 0]));

    [Fact]
    public async Task ReadAsync_OneMessage_ReturnsItsBytes() =>
        Assert.Equal(new byte[] { 7, 8, 9 }, await ReadOneAsync([0, 0, 0, 0, 3, 7, 8, 9]));

    [Fact]
    public async Task ReadAsync_BytesComeOneByOne_ReturnsEachMessageThenNull()
    {
        var pipe = new Pipe();
        var reader = new MessageReader(pipe.Reader, 100, gzip: false);
        var received = new List<byte[]>();
        var reading = Task.Run(
            async () =>
            {
                while (await reader.ReadAsync(Copy, Cancel) is { } message)
                {
                    received.Add(message);
                }
            },
            Cancel);
        foreach (var octet in new byte[] { 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3 })
        {
            await pipe.Writer.WriteAsync(new[] { octet }, Cancel);
        }

        await pipe.Writer.CompleteAsync();
        await reading;

        Assert.Equal([[1, 2], [], [3]], received);
    }

    [Fact]
    public async Task ReadAsync_TwoMessagesInOneBuffer_ReturnsBothInOrder()
    {
        var reader = await ReaderAsync([0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 1, 6]);

        Assert.Equal(new byte[] { 5 }, await reader.ReadAsync(Copy, Cancel));
        Assert.Equal(new byte[] { 6 }, await reader.ReadAsync(Copy, Cancel));
        Assert.Null(await reader.ReadAsync(Copy, Cancel));
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 4, 1, 2, 3 })]
    public async Task ReadAsync_StreamEndsInsideAMessage_ThrowsInternal(byte[] stream)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadOneAsync(stream));

        Assert.Equal(FramingErrors.Truncated().Status, error.Status);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public async Task ReadAsync_UnknownFlag_ThrowsInternal(byte flag)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadOneAsync([flag, 0, 0, 0, 0]));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains($"flag {flag};", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_MessageOfTheLimit_ReturnsIt() =>
        Assert.Equal(new byte[] { 1, 2, 3 }, await ReadOneAsync([0, 0, 0, 0, 3, 1, 2, 3], limit: 3));

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 4 }, "4 bytes")]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 }, "4294967295 bytes")]
    public async Task ReadAsync_HeaderAboveTheLimit_ThrowsBeforeTheBodyComes(byte[] header, string named)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(header, Cancel);
        var reader = new MessageReader(pipe.Reader, 3, gzip: false);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await reader.ReadAsync(Copy, Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Contains(named, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_CompressedWithoutEncoding_ThrowsInternal()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadOneAsync([1, 0, 0, 0, 1, 0]));

        Assert.Equal(FramingErrors.CompressedWithoutEncoding().Status, error.Status);
    }

    [Fact]
    public async Task ReadAsync_GzipMessage_ReturnsItUnpacked() =>
        Assert.Equal(new byte[] { 4, 5, 6 }, await ReadOneAsync(GzipFrame([4, 5, 6]), gzip: true));

    [Fact]
    public async Task ReadAsync_PlainMessageOnGzipStream_ReturnsIt() =>
        Assert.Equal(new byte[] { 4 }, await ReadOneAsync([0, 0, 0, 0, 1, 4], gzip: true));

    [Fact]
    public async Task ReadAsync_GzipUnpacksAboveTheLimit_ThrowsResourceExhausted()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadOneAsync(GzipFrame(new byte[1_000_000]), limit: 5_000, gzip: true));

        Assert.Equal(FramingErrors.TooLargeUnpacked(5_000).Status, error.Status);
    }

    [Fact]
    public async Task ReadAsync_DamagedGzip_ThrowsInternal()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadOneAsync([1, 0, 0, 0, 3, 1, 2, 3], gzip: true));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("gzip", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_UnparsableMessage_ThrowsInternalAndKeepsTheCauseHere()
    {
        var reader = await ReaderAsync([0, 0, 0, 0, 1, 255]);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await reader.ReadAsync(context => EchoRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence()), Cancel));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.IsType<Google.Protobuf.InvalidProtocolBufferException>(error.Status.DebugException);
    }

    [Fact]
    public async Task ReadSingleAsync_NoMessage_ThrowsInternal()
    {
        var reader = await ReaderAsync([]);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await reader.ReadSingleAsync(Copy, Cancel));

        Assert.Equal(FramingErrors.NoMessage().Status, error.Status);
    }

    [Fact]
    public async Task ReadSingleAsync_TwoMessages_ThrowsInternal()
    {
        var reader = await ReaderAsync([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await reader.ReadSingleAsync(Copy, Cancel));

        Assert.Equal(FramingErrors.SecondMessage().Status, error.Status);
    }

    private static byte[] Copy(DeserializationContext context)
    {
        var bytes = context.PayloadAsReadOnlySequence().ToArray();
        Assert.Equal(bytes.Length, context.PayloadLength);
        return bytes;
    }

    private static async Task<byte[]> ReadOneAsync(byte[] stream, int limit = 100, bool gzip = false) =>
        Assert.IsType<byte[]>(await (await ReaderAsync(stream, limit, gzip)).ReadAsync(Copy, Cancel));

    private static async Task<MessageReader> ReaderAsync(byte[] stream, int limit = 100, bool gzip = false)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(stream, Cancel);
        await pipe.Writer.CompleteAsync();
        return new MessageReader(pipe.Reader, limit, gzip);
    }

    private static byte[] GzipFrame(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        var body = packed.ToArray();
        return [1, (byte)(body.Length >> 24), (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }
}
