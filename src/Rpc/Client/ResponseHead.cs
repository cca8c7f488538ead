using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;

namespace MimicCxr.Rpc.Client;

/// <summary>What the headers and trailers of an HTTP response say.</summary>
internal static class ResponseHead
{
    /// <summary>The server's metadata.</summary>
    /// <exception cref="RpcException">The response is not gRPC.</exception>
    public static Metadata Check(HttpResponseMessage response, string target)
    {
        if (!response.Headers.NonValidated.Contains(GrpcHeaders.Status))
        {
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new RpcException(new Status(CodeOf(response.StatusCode), $"{target} answered HTTP {(int)response.StatusCode} ({response.StatusCode}) where a gRPC answer was expected."));
            }

            var contentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : "";
            if (!GrpcHeaders.IsGrpc(contentType))
            {
                throw new RpcException(new Status(StatusCode.Unknown, $"{target} answered '{contentType}' where a gRPC answer was expected."));
            }
        }

        return Read(response.Headers);
    }

    /// <summary>Status and trailers of a response that was read to its end. Without messages they stand in the headers.</summary>
    public static (Status Status, Metadata Trailers) ReadEnd(HttpResponseMessage response)
    {
        HttpHeaders end = response.Headers.NonValidated.Contains(GrpcHeaders.Status) ? response.Headers : response.TrailingHeaders;
        if (!end.NonValidated.TryGetValues(GrpcHeaders.Status, out var code))
        {
            return (new Status(StatusCode.Internal, "The answer ended without a status."), []);
        }

        var detail = end.NonValidated.TryGetValues(GrpcHeaders.Message, out var message) ? StatusMessage.Decode(message.ToString()) : "";
        var known = int.TryParse(code.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= (int)StatusCode.Unauthenticated;
        return (new Status(known ? (StatusCode)number : StatusCode.Unknown, detail), Read(end));
    }

    /// <summary>Whether the response's messages may be compressed.</summary>
    /// <exception cref="RpcException">They may, in a way that is not known here.</exception>
    public static bool IsGzip(HttpResponseMessage response)
    {
        var encoding = response.Headers.NonValidated.TryGetValues(GrpcHeaders.Encoding, out var values) ? values.ToString() : GrpcHeaders.Identity;
        return encoding switch
        {
            GrpcHeaders.Identity => false,
            GrpcHeaders.Gzip => true,
            _ => throw Framing.FramingErrors.UnknownEncoding(encoding),
        };
    }

    private static Metadata Read(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                MetadataHeaders.Add(metadata, name, value);
            }
        }

        return metadata;
    }

    // grpc/doc/http-grpc-status-mapping.md
    private static StatusCode CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
