using System.IO.Compression;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MimicCxr.Rpc.Server;

/// <summary>Puts gRPC services on an ASP.NET host through Grpc.AspNetCore; the same names as our own runtime.</summary>
public static class GrpcEndpoints
{
    /// <summary>Registers what <see cref="MapGrpc"/> needs.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddRpc(this IServiceCollection services, Action<GrpcServerOptions>? configure = null)
    {
        var options = new GrpcServerOptions();
        configure?.Invoke(options);
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxReceiveMessageSize;
            grpc.ResponseCompressionAlgorithm = options.CompressResponses ? "gzip" : null;
            grpc.ResponseCompressionLevel = CompressionLevel.Fastest;
        });
        return services;
    }

    /// <summary>Maps every method of a service; one instance serves all calls.</summary>
    /// <param name="endpoints">The host's endpoints; its services hold <c>AddRpc()</c>.</param>
    /// <param name="service">The service, as the generated <c>BindService</c> describes it.</param>
    public static IEndpointConventionBuilder MapGrpc(this IEndpointRouteBuilder endpoints, ServerServiceDefinition service) =>
        endpoints.MapGrpcService(service);
}
