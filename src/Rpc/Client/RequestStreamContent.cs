using System.IO.Pipelines;
using System.Net;
using Grpc.Core;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Client;

/// <summary>The body of a request with many messages, open until the caller completes it.</summary>
internal sealed class RequestStreamContent<T>(Marshaller<T> marshaller, bool gzip) : HttpContent
{
    private readonly TaskCompletionSource<MessageWriter> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Writes a message once the connection stands.</summary>
    public async Task WriteAsync(T message, WriteFlags flags, CancellationToken cancellationToken)
    {
        if (_completed.Task.IsCompleted)
        {
            throw new InvalidOperationException("The request stream has been completed.");
        }

        var writer = await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await writer.WriteAsync(message, marshaller.ContextualSerializer, flags, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says that no message follows.</summary>
    public void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the request's headers: the server may want to answer before the first message.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        var pipe = PipeWriter.Create(stream, RequestPipe.Options);
        if (!_opened.TrySetResult(new MessageWriter(pipe, gzip)))
        {
            throw new IOException("A stream of messages cannot be sent a second time over another connection.");
        }

        await _completed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
        await pipe.CompleteAsync().ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
