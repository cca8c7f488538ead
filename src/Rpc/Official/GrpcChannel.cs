using Grpc.Core;
using Grpc.Net.Client;
using OfficialChannel = Grpc.Net.Client.GrpcChannel;

namespace MimicCxr.Rpc.Client;

/// <summary>A way to a gRPC server through Grpc.Net.Client; the same names as our own channel.</summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly OfficialChannel _channel;

    private GrpcChannel(string target, OfficialChannel channel)
        : base(target) => _channel = channel;

    /// <summary>A channel to a server on this machine.</summary>
    /// <param name="path">The server's unix socket.</param>
    public static GrpcChannel ForUnixSocket(string path)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            ConnectCallback = UnixSocketConnection.To(path),
        };
        var options = new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true };
        return new GrpcChannel($"unix:{path}", OfficialChannel.ForAddress("http://localhost", options));
    }

    /// <summary>A channel to a server on TCP.</summary>
    /// <param name="address">https://HOST:PORT, or http://HOST:PORT without TLS.</param>
    /// <param name="token">Sent with each call as "authorization: Bearer TOKEN".</param>
    /// <exception cref="ArgumentException">The token would travel readable over a network.</exception>
    public static GrpcChannel ForAddress(Uri address, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var options = new GrpcChannelOptions();
        if (token is not null)
        {
            if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
            {
                throw new ArgumentException($"A token is sent over https or to this machine only, not to {address}.", nameof(address));
            }

            var bearer = CallCredentials.FromInterceptor((_, metadata) =>
            {
                metadata.Add("authorization", $"Bearer {token}");
                return Task.CompletedTask;
            });
            var transport = address.Scheme == Uri.UriSchemeHttps ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure;
            options.Credentials = ChannelCredentials.Create(transport, bearer);
            options.UnsafeUseInsecureChannelCallCredentials = address.IsLoopback;
        }

        return new GrpcChannel(address.GetLeftPart(UriPartial.Authority), OfficialChannel.ForAddress(address, options));
    }

    /// <inheritdoc/>
    public override CallInvoker CreateCallInvoker() => _channel.CreateCallInvoker();

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose() => _channel.Dispose();
}
