using System.Net.Sockets;
using Grpc.Core;
using MimicCxr.Cli.Output;
using MimicCxr.Rpc.Client;
using MimicCxr.V1;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Daemon;

/// <summary>An open way to the daemon of one state directory.</summary>
internal sealed class DaemonConnection : IDisposable
{
    // The daemon answers this from memory; one that does not is stuck.
    private static readonly TimeSpan StatusDeadline = TimeSpan.FromSeconds(15);

    private readonly GrpcChannel _channel;

    private DaemonConnection(GrpcChannel channel)
    {
        _channel = channel;
        Client = new Gateway.GatewayClient(channel);
    }

    /// <summary>The API.</summary>
    public Gateway.GatewayClient Client { get; }

    /// <summary>Connects to a daemon that must be there.</summary>
    /// <exception cref="CliException">None answers.</exception>
    public static async Task<DaemonConnection> OpenAsync(StateDirectory state, CancellationToken cancellationToken) =>
        await TryOpenAsync(state, cancellationToken) ?? throw new CliException(
            ExitCode.Failed,
            $"no daemon answers at {state.SocketPath}; start one with: mimic-cxr mount MOUNTPOINT, or mimic-cxr daemon start");

    /// <summary>Connects, or says that nothing listens there.</summary>
    public static async Task<DaemonConnection?> TryOpenAsync(StateDirectory state, CancellationToken cancellationToken) =>
        await ListensAsync(state, cancellationToken) ? new(GrpcChannel.ForUnixSocket(state.SocketPath)) : null;

    /// <summary>What the daemon serves, holds and has done.</summary>
    public async Task<Status> GetStatusAsync(CancellationToken cancellationToken) =>
        await Client.GetStatusAsync(
            new GetStatusRequest(), deadline: DateTime.UtcNow + StatusDeadline, cancellationToken: cancellationToken);

    /// <summary>Like <see cref="GetStatusAsync"/>, but null when the daemon is not there (yet, or any more).</summary>
    public async Task<Status?> TryGetStatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GetStatusAsync(cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return null;
        }
    }

    /// <summary>Copies the bytes of a file while they arrive.</summary>
    public async Task CopyFileAsync(string dataSet, string path, Stream to, CancellationToken cancellationToken)
    {
        using var call = Client.ReadFile(new ReadFileRequest { Path = path, Dataset = dataSet }, cancellationToken: cancellationToken);
        var position = 0L;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var chunk = call.ResponseStream.Current;
            if (chunk.Offset != position)
            {
                throw new CliException(ExitCode.Failed, $"the daemon sent byte {chunk.Offset} where {position} was due");
            }

            await to.WriteAsync(chunk.Data.Memory, cancellationToken);
            position += chunk.Data.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    // A plain connect tells "no daemon" from every failure of a call, whatever code a runtime gives to both.
    private static async Task<bool> ListensAsync(StateDirectory state, CancellationToken cancellationToken)
    {
        UnixDomainSocketEndPoint endPoint;
        try
        {
            endPoint = new(state.SocketPath);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new CliException(
                ExitCode.Usage,
                $"the state directory's path is too long for a socket in it ({state.SocketPath}); "
                + "choose a shorter one with --state-dir");
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AccessDenied)
        {
            throw new CliException(
                ExitCode.Failed, $"{state.SocketPath} belongs to another user's daemon; choose a --state-dir of your own");
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
