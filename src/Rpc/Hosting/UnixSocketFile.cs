using System.Net.Sockets;
using System.Text;

namespace MimicCxr.Rpc.Hosting;

/// <summary>The file of a listening unix socket.</summary>
internal static class UnixSocketFile
{
    // sockaddr_un.sun_path holds 108 bytes, the last of them zero (linux/un.h).
    private const int MaxPathBytes = 107;

    public static void CheckLength(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var length = Encoding.UTF8.GetByteCount(path);
        if (length > MaxPathBytes)
        {
            throw new ArgumentException($"The path of a unix socket has at most {MaxPathBytes} bytes; '{path}' has {length}. Choose a shorter state directory.", nameof(path));
        }
    }

    /// <summary>Binds a socket that only its owner can open, in place of one left behind by a server that died.</summary>
    /// <exception cref="IOException">Another server answers there, or the file is no socket.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint endpoint)
    {
        var path = endpoint.ToString();
        RemoveStale(endpoint, path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);

            // Until Kestrel calls listen() every connect() is refused, so nobody else gets in before the mode is set.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RemoveStale(UnixDomainSocketEndPoint endpoint, string path)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // On this machine: answered or refused at once.
            probe.Connect(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"{path} cannot be used for the socket: {e.Message}. Remove it if nothing needs it.", e);
        }

        throw new IOException($"Another server answers on {path}.");
    }

    // connect() refuses an ordinary file as it refuses a socket without listener. .NET does not tell the two apart by
    // type, but an ordinary file can be opened and a socket cannot (ENXIO).
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
