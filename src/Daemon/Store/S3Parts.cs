using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

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
    public async Task PutPartAsync(int number, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        var answer = await _connection.CallAsync(
            s3 => s3.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = _connection.Options.Bucket,
                    Key = _connection.KeyOf(_key),
                    UploadId = _id,
                    PartNumber = number + 1,
                    PartSize = bytes.Length,
                    InputStream = new SequenceStream(bytes),
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

        // A part that was sent twice, after its fetch was begun again, counts once: the later one is what the store keeps.
        var parts = _parts.GroupBy(part => part.PartNumber!.Value).OrderBy(same => same.Key).Select(same => same.First()).ToList();
        try
        {
            await _connection.CallAsync(
                s3 => s3.CompleteMultipartUploadAsync(
                    new CompleteMultipartUploadRequest
                    {
                        BucketName = _connection.Options.Bucket,
                        Key = _connection.KeyOf(_key),
                        UploadId = _id,
                        PartETags = parts,
                    },
                    cancellationToken),
                cancellationToken).ConfigureAwait(false);
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
}
