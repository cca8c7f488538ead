using System.Net.Sockets;
using Grpc.Core;
using MimicCxr.Rpc.Client;

namespace MimicCxr.Rpc.Tests.Calls;

/// <summary>Servers that close a connection on which a call is under way, spoken by hand.</summary>
public sealed class ServerGoesAwayTests : IDisposable
{
    private const int Preface = 24;
    private const int FrameHead = 9;
    private const byte Headers = 1;

    private readonly string _folder = Directory.CreateTempSubdirectory("rpc").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_folder, "daemon.sock");

    [Theory]
    [InlineData("")]
    [InlineData("000008 07 00 00000000 00000001 00000000")] // GOAWAY, the call's stream is the last that counts, NO_ERROR
    public async Task ServerStream_ConnectionIsClosedInTheMiddle_IsUnavailable(string lastFrame)
    {
        var serving = ServeOneCallAsync(Convert.FromHexString(lastFrame.Replace(" ", "", StringComparison.Ordinal)));
        using var channel = GrpcChannel.ForUnixSocket(Socket);
        using var call = new Echo.EchoClient(channel).Wait(new EchoRequest(), cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel));

        await serving;
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Takes a connection and a call, sends this frame instead of an answer, and no more.</summary>
    private Task ServeOneCallAsync(byte[] lastFrame)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Socket));
        listener.Listen();
        return ServeAsync();

        async Task ServeAsync()
        {
            using var listening = listener;
            using var socket = await listening.AcceptAsync(Cancel);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Convert.FromHexString("000000040000000000"), Cancel); // SETTINGS, none
            await stream.ReadExactlyAsync(new byte[Preface], Cancel);
            var head = new byte[FrameHead];
            do
            {
                await stream.ReadExactlyAsync(head, Cancel);
                await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], Cancel);
            }
            while (head[3] != Headers);
            await stream.WriteAsync(lastFrame, Cancel);
            socket.Shutdown(SocketShutdown.Send);
            // Until the client has read all that and closes too: it must not fail by writing first.
            await stream.CopyToAsync(Stream.Null, Cancel);
        }
    }
}
