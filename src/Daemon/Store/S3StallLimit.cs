using System.Net;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Ends a request that stands still: no byte of its body was taken, or no answer came, for a while. How long all of it takes does
/// not matter, so a large body gets through a slow line. An object's bytes are watched by <see cref="S3Fetch"/>.
/// </summary>
/// <param name="limit">How long nothing may move.</param>
/// <param name="time">The clock.</param>
internal sealed class S3StallLimit(TimeSpan limit, TimeProvider time) : DelegatingHandler
{
    /// <summary>Which place behind the gate the request holds that is made in this flow of control: the SDK has no way to hand it down.</summary>
    public static readonly AsyncLocal<RequestPlace?> Place = new();

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        var movedAt = time.GetTimestamp();
        void Moved()
        {
            movedAt = time.GetTimestamp();
            stall.CancelAfter(limit);
        }

        if (request.Content is { } body)
        {
            request.Content = new WatchedBody(body, Moved);
        }

        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, either.Token).ConfigureAwait(false);
            Place.Value?.Answered(time.GetElapsedTime(movedAt), hadBody: request.Content?.Headers.ContentLength > 0);
            if ((!request.Headers.Contains("Range") || !response.IsSuccessStatusCode) && response.Content.Headers.ContentLength != 0)
            {
                // Lists and errors; the SDK would read them without any limit.
                Moved();
                response.Content = new WatchedBody(response.Content, Moved);
                await response.Content.LoadIntoBufferAsync(either.Token).ConfigureAwait(false);
            }

            return response;
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (stall.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new S3StallException(limit, e);
            }

            throw;
        }
    }

    /// <summary>A body that tells of each piece of it that has gone on.</summary>
    private sealed class WatchedBody : HttpContent
    {
        private readonly HttpContent _body;
        private readonly Action _moved;

        public WatchedBody(HttpContent body, Action moved)
        {
            (_body, _moved) = (body, moved);
            foreach (var (name, values) in body.Headers)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _body.CopyToAsync(new WatchedTarget(stream, _moved), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Headers.ContentLength ?? -1;
            return length >= 0;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _body.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    /// <summary>Where a body goes to, in pieces that are small enough to tell a slow line (9 KB/s for 60 s) from one that stands still.</summary>
    private sealed class WatchedTarget(Stream target, Action moved) : Stream
    {
        private const int Piece = 512 * 1024;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var rest = buffer; !rest.IsEmpty;)
            {
                var piece = rest[..Math.Min(Piece, rest.Length)];
                await target.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                moved();
                rest = rest[piece.Length..];
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => target.FlushAsync(cancellationToken);

        public override void Flush() => target.Flush();

        public override void Write(byte[] buffer, int offset, int count)
        {
            target.Write(buffer, offset, count);
            moved();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
