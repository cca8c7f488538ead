using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MimicCxr.Rpc.Hosting;

/// <summary>Makes Kestrel listen as gRPC needs it: HTTP/2 only, and no limits that cut long streams off.</summary>
public static class GrpcListening
{
    /// <summary>
    /// Listens on a unix socket that only its owner can open. The file of a server that died is replaced when the
    /// listening begins; a clean stop removes it.
    /// </summary>
    /// <param name="host">The host, such as <c>WebApplicationBuilder.WebHost</c>.</param>
    /// <param name="path">The socket's file, in a folder that exists; at most 107 bytes.</param>
    /// <exception cref="ArgumentException">The path is too long for a unix socket.</exception>
    /// <remarks>At start an <see cref="IOException"/> says that another server answers there, or that the file is no socket.</remarks>
    public static IWebHostBuilder UseUnixSocket(this IWebHostBuilder host, string path)
    {
        ArgumentNullException.ThrowIfNull(host);
        UnixSocketFile.CheckLength(path);
        return host
            .UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
                endpoint is UnixDomainSocketEndPoint unix
                    ? UnixSocketFile.Bind(unix)
                    : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint))
            .ConfigureKestrel(kestrel =>
            {
                AllowLongStreams(kestrel);
                kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2);
            });
    }

    /// <summary>Listens on TCP, without TLS unless <paramref name="configure"/> adds it.</summary>
    /// <param name="host">The host, such as <c>WebApplicationBuilder.WebHost</c>.</param>
    /// <param name="endpoint">Address and port; port 0 takes a free one.</param>
    /// <param name="configure">Adds TLS, say.</param>
    public static IWebHostBuilder UseTcp(this IWebHostBuilder host, IPEndPoint endpoint, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.ConfigureKestrel(kestrel =>
        {
            AllowLongStreams(kestrel);
            kestrel.Listen(endpoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                configure?.Invoke(listen);
            });
        });
    }

    // Kestrel closes a connection whose client reads less than 240 bytes/s for 5 s. A client that is busy with the last
    // chunk of a file, or that watches a status which does not change, is no attacker.
    private static void AllowLongStreams(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinResponseDataRate = null;
    }
}
