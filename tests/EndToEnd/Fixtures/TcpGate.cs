using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// A door in front of a TCP server. Closed, it drops the connections there are and refuses new ones, as when the
/// server is out of reach; its port stays the same.
/// </summary>
internal sealed class TcpGate : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<Socket, byte> _sockets = new();
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private volatile bool _open = true;

    /// <summary>Opens a door.</summary>
    /// <param name="server">Where it leads to, on this machine.</param>
    /// <param name="listener">Where it stands: a socket that listens on a loopback address, disposed with it.</param>
    public TcpGate(Uri server, Socket listener)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        _listener = listener;
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>Opens a door on this machine's own loopback.</summary>
    public static TcpGate Before(Uri server)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return new TcpGate(server, listener);
    }

    /// <summary>What clients use in place of the server's own address.</summary>
    public Uri Url { get; }

    public void Open() => _open = true;

    public void Close()
    {
        _open = false;
        foreach (var socket in _sockets.Keys)
        {
            socket.Close(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                // Each connection looks after itself until one side, or the gate, closes it.
                _ = PassAsync(await _listener.AcceptAsync(_end.Token));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task PassAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets[client] = _sockets[server] = 0;
        try
        {
            if (_open)
            {
                await server.ConnectAsync(_server, _end.Token);
                await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
            client.Close(0);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _end.Token);
                }
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
