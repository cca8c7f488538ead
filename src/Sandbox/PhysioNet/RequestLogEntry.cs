namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>One request below /files/.</summary>
public sealed class RequestLogEntry
{
    private long _bytesSent;
    private volatile int _status;

    internal RequestLogEntry()
    {
    }

    /// <summary>GET, HEAD, ...</summary>
    public required string Method { get; init; }

    /// <summary>The path, decoded: "/files/slug/version/...".</summary>
    public required string Path { get; init; }

    /// <summary>Whether a name and password came along.</summary>
    public required bool HadPassword { get; init; }

    /// <summary>Whether any cookie came along.</summary>
    public required bool HadCookie { get; init; }

    /// <summary>The Range header, or null.</summary>
    public required string? Range { get; init; }

    /// <summary>The status of the answer, set before its first byte leaves; 0 before.</summary>
    public int Status
    {
        get => _status;
        internal set => _status = value;
    }

    /// <summary>Bytes of the body handed to the connection: counted before they leave, so never fewer than a client got.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    internal void AddBytesSent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);
}
