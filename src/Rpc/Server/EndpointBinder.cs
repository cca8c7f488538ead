using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MimicCxr.Rpc.Server;

/// <summary>Maps each method of a service to the handler of its shape.</summary>
internal sealed class EndpointBinder(IEndpointRouteBuilder endpoints, ServerEnvironment environment) : ServiceBinderBase
{
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Map(new UnaryHandler<TRequest, TResponse>(method, Required(method, handler), environment));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(new ClientStreamingHandler<TRequest, TResponse>(method, Required(method, handler), environment));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(new ServerStreamingHandler<TRequest, TResponse>(method, Required(method, handler), environment));

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map(new DuplexStreamingHandler<TRequest, TResponse>(method, Required(method, handler), environment));

    private static T Required<T>(IMethod method, T? handler)
        where T : class => handler ?? throw new ArgumentException($"The service has no instance for {method.FullName}.");

    private void Map<TRequest, TResponse>(CallHandler<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class =>
        endpoints.MapPost(handler.Method.FullName, (RequestDelegate)handler.HandleAsync)
            .WithDisplayName($"gRPC {handler.Method.FullName}");
}
