using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Hands each request that Kestrel accepts to its endpoint.</summary>
internal sealed class RequestRouter(FilesEndpoint files, ControlEndpoint control) : IHttpApplication<HttpContext>
{
    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path.StartsWith(FilesEndpoint.Prefix, StringComparison.Ordinal))
        {
            return files.HandleAsync(context);
        }

        if (path.StartsWith(ControlEndpoint.Prefix, StringComparison.Ordinal))
        {
            return control.HandleAsync(context);
        }

        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
