using System.Buffers;
using System.Net;
using Amazon.S3.Model;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>One object on its way out of a bucket. Where its bytes break off or stand still, the rest is asked for.</summary>
internal sealed class S3Fetch(S3Connection connection, string key, IFetchSink sink, RequestPriority priority)
{
    private const int BufferSize = 128 * 1024;

    private GetObjectResponse? _first;
    private long _received;

    /// <summary>Delivers it.</summary>
    /// <returns>What is kept with it; null when there is no such object.</returns>
    public Task<ObjectNote?> TryRunAsync(CancellationToken cancellationToken) =>
        connection.WithRetriesAsync(priority, sink.Urgent, TryAsync, cancellationToken);

    private async Task<ObjectNote?> TryAsync(RequestPlace place, CancellationToken cancellationToken)
    {
        GetObjectResponse response;
        try
        {
            response = await connection.SendAsync(s3 => s3.GetObjectAsync(NewRequest(), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (_first is null && S3Connection.IsAnswer(e, HttpStatusCode.NotFound) && e.Error != StoreError.NoBucket)
        {
            return null;
        }
        catch (StoreException e) when (_first is null && S3Connection.IsAnswer(e, HttpStatusCode.RequestedRangeNotSatisfiable))
        {
            // An empty object has no first byte.
            await sink.BeginAsync(0, cancellationToken).ConfigureAwait(false);
            return new ObjectNote(null, false);
        }

        using (response)
        {
            if (_first is null)
            {
                _first = response;
                await BeginAsync(place, response.ContentLength, cancellationToken).ConfigureAwait(false);
            }
            else if (response.ContentLength != _first.ContentLength - _received)
            {
                throw new StoreException(StoreError.BadAnswer, $"{connection.Url} sent another part of an object than it was asked for.");
            }

            await CopyAsync(response.ResponseStream, _first.ContentLength, cancellationToken).ConfigureAwait(false);
            return S3Notes.Read(_first.Metadata);
        }
    }

    /// <summary>Where the bytes have to wait for room, what makes room may be an upload, which needs a place: this one's is given back.</summary>
    private async ValueTask BeginAsync(RequestPlace place, long length, CancellationToken cancellationToken)
    {
        var room = sink.BeginAsync(length, cancellationToken);
        if (!room.IsCompleted)
        {
            place.Dispose();
        }

        await room.ConfigureAwait(false);
    }

    private GetObjectRequest NewRequest() => new()
    {
        BucketName = connection.Options.Bucket,
        Key = connection.KeyOf(key),
        // A Range request, though for the whole: the SDK then leaves out its own MD5, which takes a core per 200 MB/s.
        ByteRange = new ByteRange($"bytes={_received}-"),
        EtagToMatch = _first?.ETag,
    };

    private async Task CopyAsync(Stream body, long length, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, connection.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (_received < length)
            {
                stall.CancelAfter(connection.Options.Timeout);
                var count = await ReadAsync(body, buffer, either.Token, cancellationToken).ConfigureAwait(false);
                sink.Write(_received, buffer.AsSpan(0, count));
                _received += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken withStall, CancellationToken callers)
    {
        try
        {
            return await body.ReadAsync(buffer, withStall).ConfigureAwait(false) is > 0 and var count ? count
                : throw new StoreException(StoreError.OutOfReach, $"{connection.Url} sent less of an object than it announced.");
        }
        catch (OperationCanceledException e) when (!callers.IsCancellationRequested)
        {
            throw new StoreException(StoreError.OutOfReach, $"{connection.Url} stood still in the middle of an object.", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new StoreException(StoreError.OutOfReach, $"The connection to {connection.Url} broke in the middle of an object.", e);
        }
    }
}
