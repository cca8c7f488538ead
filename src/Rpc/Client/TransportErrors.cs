using Grpc.Core;

namespace MimicCxr.Rpc.Client;

/// <summary>The status of a call that got none from its server.</summary>
internal static class TransportErrors
{
    public static Status StatusOf(Exception exception, string target)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RpcException rpc:
                    return rpc.Status;
                case HttpProtocolException protocol:
                    return new Status(CodeOf(protocol.ErrorCode), $"{target} ended the call: {protocol.Message}", exception);
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }:
                    return new Status(StatusCode.Unavailable, $"Cannot connect to {target}: {e.GetBaseException().Message}. The daemon may not be running.", exception);
                case IOException:
                    return new Status(StatusCode.Unavailable, $"The connection to {target} was lost: {e.Message}", exception);
                case TimeoutException:
                    return new Status(StatusCode.Unavailable, $"Connecting to {target} took too long.", exception);
                case ObjectDisposedException:
                    return new Status(StatusCode.Unavailable, $"The channel to {target} has been closed.", exception);
                default:
                    continue;
            }
        }

        return new Status(StatusCode.Internal, $"The call to {target} failed: {exception.Message}", exception);
    }

    // RST_STREAM codes (RFC 9113, 7) as grpc/doc/PROTOCOL-HTTP2.md maps them, but for the first: HttpClient tells of a connection that
    // the server closed after a GOAWAY in the same way.
    private static StatusCode CodeOf(long http2) => http2 switch
    {
        0x0 => StatusCode.Unavailable, // NO_ERROR
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM
        0x8 => StatusCode.Cancelled, // CANCEL
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };
}
