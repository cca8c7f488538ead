using System.Threading.Channels;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class BodyReaderTests
{
    private const int Block = BodyReader.BlockSize;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NextAsync_EverythingIsHere_GivesBlocksThatEndAtMultiples()
    {
        var sent = Bytes((2 * Block) + 1000);
        var (lengths, got) = await ReadAsync(new Connection(sent[..100], sent[100..200_000], sent[200_000..]), position: 300, sent.Length);

        Assert.Equal([Block - 300, Block, 1300], lengths);
        Assert.Equal(sent, got);
    }

    [Fact]
    public async Task NextAsync_ConnectionPauses_GivesWhatIsHereFirst()
    {
        var connection = new Connection([1, 2], [3]);
        using var body = new BodyReader(connection);

        var before = (await body.NextAsync(0, 5, Token)).ToArray();
        var next = body.NextAsync(3, 2, Token);
        var waits = !next.IsCompleted;
        connection.Send([4, 5]);

        Assert.Equal([1, 2, 3], before);
        Assert.True(waits);
        Assert.Equal([4, 5], (await next).ToArray());
    }

    [Fact]
    public async Task NextAsync_ConnectionBreaks_GivesWhatCameBefore()
    {
        var connection = new Connection([1, 2, 3]);
        connection.Break(new IOException("reset"));
        using var body = new BodyReader(connection);

        Assert.Equal([1, 2, 3], (await body.NextAsync(0, 10, Token)).ToArray());
        await Assert.ThrowsAsync<IOException>(async () => await body.NextAsync(3, 7, Token));
    }

    [Fact]
    public async Task NextAsync_BodyEnds_GivesTheRestThenNothing()
    {
        var connection = new Connection([1, 2, 3]);
        connection.Break(null);
        using var body = new BodyReader(connection);

        Assert.Equal([1, 2, 3], (await body.NextAsync(0, 10, Token)).ToArray());
        Assert.True((await body.NextAsync(3, 7, Token)).IsEmpty);
    }

    [Fact]
    public async Task NextAsync_AnyPausesAndSizes_GivesTheBytesInOrder()
    {
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var sent = Bytes(random.Next(1, 3 * Block));
            var connection = new Connection();
            var reading = ReadAsync(connection, random.Next(2 * Block), sent.Length);
            for (var at = 0; at < sent.Length;)
            {
                var count = Math.Min(random.Next(1, Block), sent.Length - at);
                connection.Send(sent[at..(at + count)]);
                at += count;
                await Task.Yield();
            }

            Assert.Equal(sent, (await reading).Bytes);
        }
    }

    private static async Task<(List<int> Lengths, byte[] Bytes)> ReadAsync(Connection connection, long position, int length)
    {
        using var body = new BodyReader(connection);
        var lengths = new List<int>();
        var got = new MemoryStream();
        while (got.Length < length)
        {
            var bytes = await body.NextAsync(position + got.Length, length - got.Length, Token);
            lengths.Add(bytes.Length);
            got.Write(bytes.Span);
        }

        return (lengths, got.ToArray());
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A body of which a read gives what one packet has, and waits where none has come.</summary>
    private sealed class Connection : Stream
    {
        private readonly Channel<byte[]> _packets = Channel.CreateUnbounded<byte[]>();
        private ReadOnlyMemory<byte> _rest;

        public Connection(params byte[][] packets)
        {
            foreach (var packet in packets)
            {
                Send(packet);
            }
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Send(byte[] packet) => Assert.True(_packets.Writer.TryWrite(packet));

        /// <summary>Ends the body behind what was sent, as it should or by an error.</summary>
        public void Break(Exception? error) => _packets.Writer.Complete(error);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty)
            {
                if (!await _packets.Reader.WaitToReadAsync(cancellationToken))
                {
                    return 0;
                }

                _rest = await _packets.Reader.ReadAsync(cancellationToken);
            }

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
