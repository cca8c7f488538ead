using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>One request, many responses.</summary>
internal sealed class ServerStreamingHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    ServerStreamingServerMethod<TRequest, TResponse> invoke,
    ServerEnvironment environment) : CallHandler<TRequest, TResponse>(method, environment)
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        var request = await call.Reader.ReadSingleAsync(Method.RequestMarshaller.ContextualDeserializer, call.CancellationToken).ConfigureAwait(false);
        await invoke(request, new ResponseStream<TResponse>(call, Method.ResponseMarshaller), call).ConfigureAwait(false);
    }
}
