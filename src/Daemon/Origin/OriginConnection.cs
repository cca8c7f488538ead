using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MimicCxr.Daemon.Origin;

/// <summary>The connections to an origin. No answer, or a broken one, becomes an <see cref="OriginException"/>; any answer is the caller's.</summary>
/// <param name="name">How messages call the origin.</param>
/// <param name="options">How patient it is.</param>
/// <param name="keepsCookies">Whether cookies go back to the host that gave them.</param>
/// <param name="counters">Counts requests.</param>
internal sealed class OriginConnection(string name, OriginOptions options, bool keepsCookies, OriginCounters counters) : IDisposable
{
    // An HttpClient would add a token source and a timer to each request.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        // Redirects are followed where it is known what may go along; decompression would break Range and length.
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = keepsCookies,
        // The gate decides; this only has to be no less than that.
        MaxConnectionsPerServer = (options.Concurrency * 2) + 2,
        ConnectTimeout = options.StallTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        // What is left of an answer whose rest other connections took over is not worth the line's time.
        MaxResponseDrainSize = 16 * 1024,
        // The origin has no use for this program's trace ids.
        ActivityHeadersPropagator = null,
    });

    /// <summary>Sends a request and waits for the headers of its answer.</summary>
    /// <exception cref="OriginException">None came in time, or the connection could not be made or broke.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StallTimeout);
        Interlocked.Increment(ref counters.Requests);
        try
        {
            return await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OriginException(OriginError.TimedOut, $"{name} did not answer within {options.StallTimeout.TotalSeconds:0} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw Classify(e, request.RequestUri!.Authority);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new OriginException(OriginError.BodyCutShort, $"The connection to {name} broke: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private OriginException Classify(HttpRequestException e, string authority) => e switch
    {
        { InnerException: AuthenticationException } => new OriginException(
            OriginError.CertificateRefused, $"The certificate of {name} does not hold: {e.InnerException.Message}", e),
        { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } or { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
            new OriginException(OriginError.Unreachable, $"{authority} is out of reach: {e.InnerException?.Message ?? e.Message}", e),
        _ => new OriginException(OriginError.BodyCutShort, $"The connection to {name} broke: {e.InnerException?.Message ?? e.Message}", e),
    };
}
