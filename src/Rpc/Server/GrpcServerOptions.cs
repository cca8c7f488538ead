namespace MimicCxr.Rpc.Server;

/// <summary>What the server allows and does for all its calls.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>Bytes of the largest request message taken, packed and unpacked; 4 MiB as with other runtimes.</summary>
    public int MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Whether responses are compressed with gzip for clients that accept it. Off by default: images do not get smaller,
    /// and on one machine it only costs time.
    /// </summary>
    public bool CompressResponses { get; set; }
}
