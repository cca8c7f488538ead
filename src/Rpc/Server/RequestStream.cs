using Grpc.Core;

namespace MimicCxr.Rpc.Server;

/// <summary>The requests of a call, as its service reads them.</summary>
internal sealed class RequestStream<T>(ServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    private T? _current;

    public T Current => _current ?? throw new InvalidOperationException("No message has been read.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        call.ThrowIfEnded();
        using var linked = CallCancellation.Link(call.CancellationToken, cancellationToken);
        _current = await call.Reader.ReadAsync(marshaller.ContextualDeserializer, linked.Token).ConfigureAwait(false);
        return _current is not null;
    }
}
