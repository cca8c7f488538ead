using Google.Protobuf;
using Grpc.Core;

namespace MimicCxr.Rpc.Tests.Calls;

/// <summary>All shapes of calls, own client to own server.</summary>
public sealed class CallShapesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task Unary_Request_ComesBack(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        var data = ByteString.CopyFrom(new byte[300_000]);

        var reply = await new Echo.EchoClient(channel).SayAsync(new EchoRequest { Text = "Lungenflügel 肺", Data = data }, cancellationToken: Cancel);

        Assert.Equal("Lungenflügel 肺", reply.Text);
        Assert.Equal(data, reply.Data);
        Assert.StartsWith(transport == "unix" ? "unix:" : "ipv4:127.0.0.1:", server.Service.LastPeer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_Blocking_ReturnsTheReply()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");

        Assert.Equal("a", new Echo.EchoClient(channel).Say(new EchoRequest { Text = "a" }, cancellationToken: Cancel).Text);
    }

    [Fact]
    public async Task Unary_ManyAtOnce_EachGetsItsOwn()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var client = new Echo.EchoClient(channel);

        var replies = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
            (await client.SayAsync(new EchoRequest { Text = $"{i}" }, cancellationToken: Cancel)).Text));

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), replies);
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task ServerStream_Request_GivesAllInOrder(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        using var call = new Echo.EchoClient(channel).Repeat(new EchoRequest { Text = "a", Count = 1000 }, cancellationToken: Cancel);

        var numbers = await call.ResponseStream.ReadAllAsync(Cancel).Select(reply => reply.Number).ToArrayAsync(Cancel);

        Assert.Equal(Enumerable.Range(0, 1000), numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task ClientStream_Requests_AreAllRead(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        using var call = new Echo.EchoClient(channel).Collect(cancellationToken: Cancel);
        for (var i = 0; i < 1000; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = "ab" }, Cancel);
        }

        await call.RequestStream.CompleteAsync();
        var reply = await call;

        Assert.Equal(1000, reply.Number);
        Assert.Equal(2000, reply.Text.Length);
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task Duplex_PingPong_AnswersEachBeforeTheNext(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        using var call = new Echo.EchoClient(channel).Chat(cancellationToken: Cancel);
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = $"ping {i}" }, Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            Assert.Equal((i, $"ping {i}"), (call.ResponseStream.Current.Number, call.ResponseStream.Current.Text));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancel));
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("tcp")]
    public async Task ServerStream_LargeChunks_ArriveWhole(string transport)
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel(transport);
        using var call = new Echo.EchoClient(channel).Download(new DownloadRequest { Size = 256 * 1024, Count = 100 }, cancellationToken: Cancel);
        var expected = 0L;
        await foreach (var chunk in call.ResponseStream.ReadAllAsync(Cancel))
        {
            Assert.Equal(expected * 256 * 1024, chunk.Offset);
            Assert.Equal(256 * 1024, chunk.Data.Length);
            Assert.False(chunk.Data.Span.ContainsAnyExcept((byte)expected));
            expected++;
        }

        Assert.Equal(100, expected);
    }

    [Fact]
    public async Task ServerStream_ClientDoesNotRead_ServerStopsWriting()
    {
        const int chunks = 1000;
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        using var call = new Echo.EchoClient(channel).Download(new DownloadRequest { Size = 256 * 1024, Count = chunks }, cancellationToken: Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));

        // Other calls on the same connection go on, and while they do the stream stands still.
        var client = new Echo.EchoClient(channel);
        int written;
        do
        {
            written = server.Service.ChunksWritten;
            for (var i = 0; i < 200; i++)
            {
                await client.SayAsync(new EchoRequest(), cancellationToken: Cancel);
            }
        }
        while (server.Service.ChunksWritten != written);

        Assert.InRange(written, 1, chunks / 10);
        var read = 1 + await call.ResponseStream.ReadAllAsync(Cancel).CountAsync(Cancel);
        Assert.Equal(chunks, read);
    }

    [Fact]
    public async Task Metadata_TextAndBytes_ComeBackAsHeadersAndTrailers()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Channel("unix");
        var sent = new Metadata { { "X-Text", "a b" }, { "x-data-bin", [0, 255, 10] } };

        using var call = new Echo.EchoClient(channel).SayAsync(new EchoRequest(), sent, cancellationToken: Cancel);
        var headers = await call.ResponseHeadersAsync;
        await call;

        foreach (var received in new[] { headers, call.GetTrailers() })
        {
            Assert.Equal("a b", received.GetValue("x-text"));
            Assert.Equal(new byte[] { 0, 255, 10 }, received.GetValueBytes("x-data-bin"));
        }
    }

    [Fact]
    public async Task ForAddress_Token_IsSentWithEachCall()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = Client.GrpcChannel.ForAddress(server.Address, "secret");

        await new Echo.EchoClient(channel).SayAsync(new EchoRequest(), cancellationToken: Cancel);

        Assert.Equal("Bearer secret", server.Service.LastHeaders.GetValue("authorization"));
    }

    [Fact]
    public void ForAddress_TokenWithoutTlsToAnotherMachine_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Client.GrpcChannel.ForAddress(new Uri("http://192.0.2.1:5000"), "secret"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gzip_RequestsAndResponses_AreUnderstood(bool compressResponses)
    {
        await using var server = await EchoServer.StartAsync(options => options.CompressResponses = compressResponses);
        using var channel = server.Channel("unix");
        var gzip = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var text = new string('x', 100_000);

        var reply = await new Echo.EchoClient(channel).SayAsync(new EchoRequest { Text = text }, gzip, cancellationToken: Cancel);

        Assert.Equal(text, reply.Text);
        Assert.DoesNotContain(server.Service.LastHeaders, entry => entry.Key.StartsWith("grpc-", StringComparison.Ordinal));
    }
}
