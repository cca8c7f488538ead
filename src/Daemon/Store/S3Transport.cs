using System.Net;
using Amazon.Runtime;

namespace MimicCxr.Daemon.Store;

/// <summary>The connections below the SDK, with <see cref="S3StallLimit"/> instead of a limit for whole requests.</summary>
/// <param name="stall">How long nothing may move.</param>
/// <param name="time">The clock.</param>
internal sealed class S3Transport(TimeSpan stall, TimeProvider time) : HttpClientFactory
{
    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler
        {
            // The signature holds for one address, and cookies are nobody's business here.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            // As many as the gate lets through; a bound here would be a second queue, one that knows no readers.
            MaxConnectionsPerServer = int.MaxValue,
            // The store has no use for this program's trace ids.
            ActivityHeadersPropagator = null,
        };
        return new HttpClient(new S3StallLimit(stall, time) { InnerHandler = sockets }) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
