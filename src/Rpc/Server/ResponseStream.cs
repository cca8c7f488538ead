using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>The responses of a call, as its service writes them.</summary>
internal sealed class ResponseStream<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        call.ThrowIfEnded();
        using var linked = CallCancellation.Link(call.CancellationToken, cancellationToken);

        // Kestrel takes and drops what is written after the client has gone.
        linked.Token.ThrowIfCancellationRequested();
        call.BeginResponse();
        var flags = (WriteOptions ?? call.WriteOptions ?? WriteOptions.Default).Flags;
        await call.Writer.WriteAsync(message, marshaller.ContextualSerializer, flags, linked.Token).ConfigureAwait(false);
    }
}
