using Grpc.Core;

namespace MimicCxr.Rpc.Client;

/// <summary>The requests of a call, as its caller writes them.</summary>
internal sealed class RequestWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, RequestStreamContent<TRequest> content)
    : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var linked = CallCancellation.Link(call.Token, cancellationToken);
        try
        {
            await content.WriteAsync(message, (WriteOptions ?? WriteOptions.Default).Flags, linked.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not InvalidOperationException || call.Token.IsCancellationRequested)
        {
            throw call.WriteFailed(e, cancellationToken);
        }
    }

    public Task CompleteAsync()
    {
        content.Complete();
        return Task.CompletedTask;
    }
}
