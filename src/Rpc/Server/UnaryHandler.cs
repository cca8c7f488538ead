using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>One request, one response.</summary>
internal sealed class UnaryHandler<TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    UnaryServerMethod<TRequest, TResponse> invoke,
    ServerEnvironment environment) : CallHandler<TRequest, TResponse>(method, environment)
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        var request = await call.Reader.ReadSingleAsync(Method.RequestMarshaller.ContextualDeserializer, call.CancellationToken).ConfigureAwait(false);
        var response = await invoke(request, call).ConfigureAwait(false);
        call.WriteOnlyResponse(response, Method.ResponseMarshaller);
    }
}
