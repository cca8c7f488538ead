using System.Net.Sockets;

namespace MimicCxr.Rpc.Client;

/// <summary>Connects HttpClient to a unix socket, whatever host its requests name.</summary>
internal static class UnixSocketConnection
{
    /// <summary>What <see cref="SocketsHttpHandler.ConnectCallback"/> is set to.</summary>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> To(string path)
    {
        var endpoint = new UnixDomainSocketEndPoint(path);
        return async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (!Path.Exists(path))
            {
                // .NET tells of a missing file as of an address that "cannot be assigned".
                socket.Dispose();
                throw new FileNotFoundException("there is no such socket");
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
    }
}
