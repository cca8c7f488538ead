using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3.Model;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Store;

/// <summary>A bucket as the object store: AWS or whatever speaks S3 (Ceph, MinIO).</summary>
internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private const int BufferSize = 128 * 1024;
    private const int FetchAttempts = 4;

    /// <summary>What one DeleteObjects request may name.</summary>
    private const int MostDeletions = 1000;

    private readonly S3Connection _connection;
    private readonly S3Puts _puts;
    private readonly S3LeftOvers _leftOvers;

    /// <summary>A bucket.</summary>
    /// <param name="options">Which.</param>
    /// <param name="ownPrefixes">What the keys of our objects begin with: below these, what earlier runs left is removed.</param>
    public S3ObjectStore(S3Options options, IReadOnlyList<string> ownPrefixes)
    {
        _connection = new S3Connection(options);
        _puts = new S3Puts(_connection);
        _leftOvers = new S3LeftOvers(_connection, ownPrefixes);
    }

    /// <inheritdoc/>
    public string Url => _connection.Url;

    private string Bucket => _connection.Options.Bucket;

    /// <inheritdoc/>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        await _connection.CallAsync(
            s3 => s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = _connection.KeyOf(""), MaxKeys = 1 }, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        var warning = _connection.Options.AllowPublic ? null : await new S3PublicAccess(_connection).CheckAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _leftOvers.EndAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.Error == StoreError.NotPermitted)
        {
            warning ??= $"{Url} does not let us list multipart uploads (s3:ListBucketMultipartUploads), so what a killed daemon leaves of large files stays, and is paid for.";
        }

        return warning;
    }

    /// <inheritdoc/>
    public async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // A Range request, though for the whole: the SDK then leaves out its own MD5, which takes a core per 200 MB/s.
            var request = new GetObjectRequest { BucketName = Bucket, Key = _connection.KeyOf(key), ByteRange = new ByteRange("bytes=0-") };
            try
            {
                using var response = await _connection.CallAsync(s3 => s3.GetObjectAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
                await sink.BeginAsync(response.ContentLength, cancellationToken).ConfigureAwait(false);
                await CopyAsync(response.ResponseStream, response.ContentLength, sink, cancellationToken).ConfigureAwait(false);
                return S3Notes.Read(response.Metadata);
            }
            catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.NotFound) && e.Error != StoreError.NoBucket)
            {
                return null;
            }
            catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.RequestedRangeNotSatisfiable))
            {
                // An empty object has no first byte.
                await sink.BeginAsync(0, cancellationToken).ConfigureAwait(false);
                return new ObjectNote(null, false);
            }
            catch (StoreException e) when (e.Error == StoreError.OutOfReach && e.InnerException is not AmazonServiceException && attempt < FetchAttempts)
            {
                // A body that broke off; the SDK itself tries again only until the headers are there.
            }
        }
    }

    /// <inheritdoc/>
    public async Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken) =>
        await _puts.TryHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } there
            ? new StoredObject(key, there.ContentLength, Utc(there.LastModified), S3Notes.Read(there.Metadata))
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = _connection.KeyOf(prefix) };
        do
        {
            var page = await _connection.CallAsync(s3 => s3.ListObjectsV2Async(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            // The SDK's lists are null where they are empty. A key that ends in '/' is a folder of some web interface.
            foreach (var found in (page.S3Objects ?? []).Where(found => !found.Key.EndsWith('/')))
            {
                yield return new StoredObject(_connection.WithoutPrefix(found.Key), found.Size ?? 0, Utc(found.LastModified), null);
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken) => _puts.PutAsync(
        key,
        () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize),
        length,
        note,
        overwrite,
        cancellationToken);

    /// <inheritdoc/>
    public Task PutAsync(string key, ReadOnlySequence<byte> bytes, ObjectNote note, bool overwrite, CancellationToken cancellationToken) =>
        _puts.PutAsync(key, () => new SequenceStream(bytes), bytes.Length, note, overwrite, cancellationToken);

    /// <inheritdoc/>
    public async Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken) =>
        await S3Parts.BeginAsync(_connection, _puts, key, length, note, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _puts.TryCreateAsync(key, bytes, cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var some in keys.Chunk(MostDeletions))
        {
            var request = new DeleteObjectsRequest
            {
                BucketName = Bucket,
                Objects = [.. some.Select(key => new KeyVersion { Key = _connection.KeyOf(key) })],
                Quiet = true,
            };
            var answer = await _connection.CallAsync(s3 => s3.DeleteObjectsAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (answer.DeleteErrors is [var first, ..])
            {
                throw new StoreException(
                    first.Code == "AccessDenied" ? StoreError.NotPermitted : StoreError.OutOfReach,
                    $"{Url} kept {answer.DeleteErrors.Count} of {some.Length} objects that were to be removed ({first.Code}).");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static DateTimeOffset Utc(DateTime? time) => new(DateTime.SpecifyKind(time?.ToUniversalTime() ?? DateTime.UnixEpoch, DateTimeKind.Utc));

    private static async Task CopyAsync(Stream body, long length, IFetchSink sink, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long received = 0; received < length;)
            {
                int count;
                try
                {
                    count = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is IOException or HttpRequestException)
                {
                    throw new StoreException(StoreError.OutOfReach, "The connection to the store broke in the middle of an object.", e);
                }

                if (count == 0)
                {
                    throw new StoreException(StoreError.OutOfReach, "The store sent less of an object than it announced.");
                }

                sink.Write(received, buffer.AsSpan(0, count));
                received += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
