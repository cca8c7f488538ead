using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>Many requests, many responses.</summary>
internal sealed class DuplexStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    DuplexStreamingServerMethod<TRequest, TResponse> invoke,
    ServerEnvironment environment) : CallHandler<TRequest, TResponse>(method, environment)
    where TRequest : class
    where TResponse : class
{
    protected override Task InvokeAsync(ServerCall call) =>
        invoke(
            new RequestStream<TRequest>(call, Method.RequestMarshaller),
            new ResponseStream<TResponse>(call, Method.ResponseMarshaller),
            call);
}
