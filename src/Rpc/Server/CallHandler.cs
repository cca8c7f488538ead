using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace MimicCxr.Rpc.Server;

/// <summary>Serves the calls of one method; a subclass knows the method's shape.</summary>
internal abstract class CallHandler<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerEnvironment environment)
    where TRequest : class
    where TResponse : class
{
    public Method<TRequest, TResponse> Method { get; } = method;

    /// <summary>Serves one HTTP request. Whatever happens becomes a status; nothing is thrown.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        if (!GrpcHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        AllowLongStreams(http);
        var streamsResponses = Method.Type is MethodType.ServerStreaming or MethodType.DuplexStreaming;
        using var call = new ServerCall(http, environment, streamsResponses);
        Status status;
        try
        {
            call.Begin();
            await InvokeAsync(call).ConfigureAwait(false);
            status = call.FinalStatus;
        }
        catch (Exception e)
        {
            status = call.StatusOf(e);
            if (e is not RpcException && status.StatusCode == StatusCode.Internal)
            {
                environment.Logger.LogError(e, "{Method} failed unexpectedly; the client was told INTERNAL", Method.FullName);
            }
        }

        call.End(status);
    }

    /// <summary>Runs the service's method: reads requests, writes responses.</summary>
    protected abstract Task InvokeAsync(ServerCall call);

    // Kestrel limits the body of a request and its slowness; a stream of messages may be long and pause for hours.
    // The size of each message is limited instead.
    private void AllowLongStreams(HttpContext http)
    {
        if (Method.Type is not (MethodType.ClientStreaming or MethodType.DuplexStreaming))
        {
            return;
        }

        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
    }
}
