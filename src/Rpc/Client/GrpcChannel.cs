using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;

namespace MimicCxr.Rpc.Client;

/// <summary>
/// A way to a gRPC server over <see cref="HttpClient"/>: <c>new Gateway.GatewayClient(GrpcChannel.ForUnixSocket(path))</c>.
/// Connections are made when first needed and again when they were lost; one channel serves any number of calls.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    private readonly HttpMessageInvoker _http;

    private GrpcChannel(string target, SocketsHttpHandler handler, Uri address, string? token)
        : base(target)
    {
        _http = new HttpMessageInvoker(handler, disposeHandler: true);
        Address = address;
        Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Where requests go.</summary>
    internal Uri Address { get; }

    /// <summary>Sent with each call that does not bring its own.</summary>
    internal AuthenticationHeaderValue? Authorization { get; }

    /// <summary>A channel to a server on this machine.</summary>
    /// <param name="path">The server's unix socket.</param>
    public static GrpcChannel ForUnixSocket(string path)
    {
        var handler = NewHandler();
        handler.UseProxy = false;
        handler.ConnectCallback = UnixSocketConnection.To(path);

        // The host is a matter of form: the callback decides where the connection goes.
        return new GrpcChannel($"unix:{path}", handler, new Uri("http://localhost"), token: null);
    }

    /// <summary>A channel to a server on TCP.</summary>
    /// <param name="address">https://HOST:PORT, or http://HOST:PORT without TLS.</param>
    /// <param name="token">Sent with each call as "authorization: Bearer TOKEN".</param>
    /// <exception cref="ArgumentException">The token would travel readable over a network.</exception>
    public static GrpcChannel ForAddress(Uri address, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (token is not null && address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback)
        {
            throw new ArgumentException($"A token is sent over https or to this machine only, not to {address}.", nameof(address));
        }

        var handler = NewHandler();

        // A peer that vanished without a word is noticed by its silence.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        return new GrpcChannel(address.GetLeftPart(UriPartial.Authority), handler, address, token);
    }

    /// <inheritdoc/>
    public override CallInvoker CreateCallInvoker() => new HttpCallInvoker(this);

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose() => _http.Dispose();

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    /// <inheritdoc/>
    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    private static SocketsHttpHandler NewHandler() => new()
    {
        EnableMultipleHttp2Connections = true,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,

        // Room for a few chunks of a file, so that one stream is not held up by a round trip for each.
        InitialHttp2StreamWindowSize = 1024 * 1024,
    };
}
