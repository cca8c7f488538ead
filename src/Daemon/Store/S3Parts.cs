using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>A multipart upload.</summary>
internal sealed class S3Parts : IObjectParts
{
    /// <summary>How long the end of an upload that failed waits for the store to forget it.</summary>
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(10);

    private readonly S3Connection _connection;
    private readonly S3Puts _puts;
    private readonly string _key;
    private readonly long _length;
    private readonly ObjectNote _note;
    private readonly string _id;
    private readonly ConcurrentBag<PartETag> _parts = [];
    private bool _isOver;

    private S3Parts(S3Connection connection, S3Puts puts, string key, long length, ObjectNote note, string id) =>
        (_connection, _puts, _key, _length, _note, _id) = (connection, puts, key, length, note, id);

    /// <summary>Begins an upload.</summary>
    public static async Task<S3Parts> BeginAsync(
        S3Connection connection, S3Puts puts, string key, long length, ObjectNote note, CancellationToken cancellationToken)
    {
        var encryption = S3Encryption.Parse(connection.Options.ServerSideEncryption);
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = connection.Options.Bucket,
            Key = connection.KeyOf(key),
            StorageClass = connection.Options.StorageClass is { } name ? S3StorageClass.FindValue(name) : null,
            ServerSideEncryptionMethod = encryption.Method,
            ServerSideEncryptionKeyManagementServiceKeyId = encryption.Key,
        };
        S3Notes.Write(request.Metadata, note);
        var begun = await connection.CallAsync(s3 => s3.InitiateMultipartUploadAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new S3Parts(connection, puts, key, length, note, begun.UploadId);
    }

    /// <inheritdoc/>
    public Task PutPartAsync(int number, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken) =>
        PutPartAsync(number, () => new SequenceStream(bytes), bytes.Length, RequestPriority.Bulk, cancellationToken);

    /// <summary>As the other, from a stream.</summary>
    /// <param name="number">0 for the first.</param>
    /// <param name="open">Opens it at the part's first byte; called once a request.</param>
    /// <param name="length">Bytes of the part; what comes after them is left.</param>
    /// <param name="priority">Who waits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task PutPartAsync(int number, Func<Stream> open, long length, RequestPriority priority, CancellationToken cancellationToken)
    {
        var answer = await _connection.WriteAsync(
            priority,
            s3 => s3.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = _connection.Options.Bucket,
                    Key = _connection.KeyOf(_key),
                    UploadId = _id,
                    PartNumber = number + 1,
                    PartSize = length,
                    InputStream = open(),
                    UseChunkEncoding = false,
                    DisableDefaultChecksumValidation = true,
                },
                cancellationToken),
            cancellationToken).ConfigureAwait(false);
        _parts.Add(new PartETag(number + 1, answer.ETag));
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(bool overwrite, CancellationToken cancellationToken)
    {
        // Asked before: Ceph ignores If-None-Match here. Whoever is in between brings the same bytes.
        if (!overwrite && await _puts.IsThereAsync(_key, _length, _note, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await CompleteAsync(overwrite ? null : "*", cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (!overwrite && S3Connection.IsAnswer(e, HttpStatusCode.PreconditionFailed))
        {
            if (await _puts.IsThereAsync(_key, _length, _note, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await CompleteAsync(null, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.NotFound) && e.Error != StoreError.NoBucket)
        {
            // NoSuchUpload: the answer to the first of several tries was lost, and that one had succeeded.
            if (!await _puts.IsThereAsync(_key, _length, _note, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        _isOver = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        using var limit = new CancellationTokenSource(AbortLimit);
        try
        {
            await S3LeftOvers.AbortAsync(_connection, _connection.KeyOf(_key), _id, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            // Found and ended at the next start.
        }
    }

    private async Task CompleteAsync(string? ifNoneMatch, CancellationToken cancellationToken)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _connection.Options.Bucket,
            Key = _connection.KeyOf(_key),
            UploadId = _id,
            // A part that was sent twice, after its fetch was begun again, counts once: the later one is what the store keeps.
            PartETags = [.. _parts.GroupBy(part => part.PartNumber!.Value).OrderBy(same => same.Key).Select(same => same.First())],
            IfNoneMatch = ifNoneMatch,
        };
        await _connection.CallAsync(s3 => s3.CompleteMultipartUploadAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
    }
}
