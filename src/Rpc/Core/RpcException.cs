namespace Grpc.Core;

/// <summary>A call that did not end with OK: thrown by services to say so, and by clients that are told so.</summary>
public sealed class RpcException : Exception
{
    /// <summary>Makes an exception from a status.</summary>
    /// <param name="status">How the call ended.</param>
    public RpcException(Status status)
        : this(status, [], status.ToString())
    {
    }

    /// <summary>Makes an exception from a status with a message of its own.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="message">The exception's message; it stays on this side.</param>
    public RpcException(Status status, string message)
        : this(status, [], message)
    {
    }

    /// <summary>Makes an exception from a status and trailers.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="trailers">Metadata that travels with the status.</param>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>Makes an exception from a status and trailers with a message of its own.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="trailers">Metadata that travels with the status.</param>
    /// <param name="message">The exception's message; it stays on this side.</param>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    /// <summary>How the call ended.</summary>
    public Status Status { get; }

    /// <summary>The code of <see cref="Status"/>.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>Metadata that came with the status.</summary>
    public Metadata Trailers { get; }
}
