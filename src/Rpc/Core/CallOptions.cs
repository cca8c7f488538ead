namespace Grpc.Core;

/// <summary>What a caller adds to one call.</summary>
public readonly struct CallOptions
{
    // The order of the parameters is fixed by the generated clients.
#pragma warning disable CA1068
    /// <summary>Makes options.</summary>
    /// <param name="headers">Metadata sent before the messages.</param>
    /// <param name="deadline">When the call is given up, in UTC; null waits for ever.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <param name="writeOptions">How the call's messages are written.</param>
    public CallOptions(
        Metadata? headers = null,
        DateTime? deadline = null,
        CancellationToken cancellationToken = default,
        WriteOptions? writeOptions = null)
#pragma warning restore CA1068
    {
        Headers = headers;
        Deadline = deadline;
        CancellationToken = cancellationToken;
        WriteOptions = writeOptions;
    }

    /// <summary>Metadata sent before the messages.</summary>
    public Metadata? Headers { get; }

    /// <summary>When the call is given up, in UTC; null waits for ever.</summary>
    public DateTime? Deadline { get; }

    /// <summary>Gives the call up.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>How the call's messages are written.</summary>
    public WriteOptions? WriteOptions { get; }

    /// <summary>The same options with other headers.</summary>
    /// <param name="headers">Metadata sent before the messages.</param>
    public CallOptions WithHeaders(Metadata headers) => new(headers, Deadline, CancellationToken, WriteOptions);

    /// <summary>The same options with another deadline.</summary>
    /// <param name="deadline">When the call is given up, in UTC.</param>
    public CallOptions WithDeadline(DateTime deadline) => new(Headers, deadline, CancellationToken, WriteOptions);

    /// <summary>The same options with another token.</summary>
    /// <param name="cancellationToken">Gives the call up.</param>
    public CallOptions WithCancellationToken(CancellationToken cancellationToken) => new(Headers, Deadline, cancellationToken, WriteOptions);

    /// <summary>The same options with other write options.</summary>
    /// <param name="writeOptions">How the call's messages are written.</param>
    public CallOptions WithWriteOptions(WriteOptions writeOptions) => new(Headers, Deadline, CancellationToken, writeOptions);
}
