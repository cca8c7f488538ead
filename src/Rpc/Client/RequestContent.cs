using System.IO.Pipelines;
using System.Net;
using Grpc.Core;
using MimicCxr.Rpc.Framing;

namespace MimicCxr.Rpc.Client;

/// <summary>The body of a request with one message.</summary>
internal sealed class RequestContent<T>(T message, Marshaller<T> marshaller, bool gzip, WriteOptions? options) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var pipe = PipeWriter.Create(stream, RequestPipe.Options);
        var writer = new MessageWriter(pipe, gzip);
        writer.Write(message, marshaller.ContextualSerializer, (options ?? WriteOptions.Default).Flags);
        await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
        await pipe.CompleteAsync().ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
