using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MimicCxr.Rpc.Server;

/// <summary>Puts gRPC services on an ASP.NET host.</summary>
public static class GrpcEndpoints
{
    /// <summary>Registers what <see cref="MapGrpc"/> needs.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddRpc(this IServiceCollection services, Action<GrpcServerOptions>? configure = null) =>
        services.AddRouting().Configure(configure ?? (_ => { }));

    /// <summary>
    /// Maps every method of a service: <c>app.MapGrpc(Gateway.BindService(gateway))</c>. One instance serves all calls.
    /// </summary>
    /// <param name="endpoints">The host's endpoints; its services hold <c>AddRpc()</c>.</param>
    /// <param name="service">The service, as the generated <c>BindService</c> describes it.</param>
    /// <returns>The service's endpoints, to demand authorization of them, say.</returns>
    public static IEndpointConventionBuilder MapGrpc(this IEndpointRouteBuilder endpoints, ServerServiceDefinition service)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(service);
        var services = endpoints.ServiceProvider;
        var environment = new ServerEnvironment(
            services.GetRequiredService<IOptions<GrpcServerOptions>>().Value,
            services.GetRequiredService<ILoggerFactory>().CreateLogger("MimicCxr.Rpc.Server"),
            services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);

        var group = endpoints.MapGroup("");
        service.BindService(new EndpointBinder(group, environment));
        return group;
    }
}
