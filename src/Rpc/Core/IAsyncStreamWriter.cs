namespace Grpc.Core;

/// <summary>Sends messages, one after the other. One write at a time: await each before the next.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How the next messages are written; null as the call says.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Sends a message; completes when the other side has room for more.</summary>
    /// <param name="message">The message.</param>
    Task WriteAsync(T message);

    /// <summary>Sends a message; completes when the other side has room for more.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives the whole call up.</param>
    Task WriteAsync(T message, CancellationToken cancellationToken);
}
