using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>Many requests, one response.</summary>
internal sealed class ClientStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    ClientStreamingServerMethod<TRequest, TResponse> invoke,
    ServerEnvironment environment) : CallHandler<TRequest, TResponse>(method, environment)
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        var requests = new RequestStream<TRequest>(call, Method.RequestMarshaller);
        var response = await invoke(requests, call).ConfigureAwait(false);
        call.WriteOnlyResponse(response, Method.ResponseMarshaller);
    }
}
