using System.Buffers;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// A bucket as the object store: AWS or whatever speaks S3 (Ceph, MinIO). Its checksums are asked for only where the
/// service requires them, since many servers know none; every object is checked against its SHA-256 here anyway.
/// </summary>
internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private const int BufferSize = 128 * 1024;
    private const int FetchAttempts = 4;
    private const string Sha256Note = "sha256";
    private const string DisagreesNote = "origin-disagrees";

    private readonly S3Options _options;
    private readonly AmazonS3Client _s3;

    public S3ObjectStore(S3Options options)
    {
        _options = options;
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 3,
            Timeout = TimeSpan.FromSeconds(60),
            MaxConnectionsPerServer = options.Connections,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        _s3 = new AmazonS3Client(config);
    }

    /// <inheritdoc/>
    public string Url => _options.Prefix.Length == 0 ? $"s3://{_options.Bucket}" : $"s3://{_options.Bucket}/{_options.Prefix}";

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken) => CallAsync(
        () => _s3.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = KeyOf(""), MaxKeys = 1 }, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // A Range request, though for the whole: the SDK then leaves out its own MD5, which takes a core per 200 MB/s.
            var request = new GetObjectRequest { BucketName = _options.Bucket, Key = KeyOf(key), ByteRange = new ByteRange("bytes=0-") };
            try
            {
                using var response = await CallAsync(() => _s3.GetObjectAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
                await sink.BeginAsync(response.ContentLength, cancellationToken).ConfigureAwait(false);
                await CopyAsync(response.ResponseStream, response.ContentLength, sink, cancellationToken).ConfigureAwait(false);
                return NoteOf(response.Metadata);
            }
            catch (StoreException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } && e.Error != StoreError.NoBucket)
            {
                return null;
            }
            catch (StoreException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
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
    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(() => _s3.PutObjectAsync(NewPut(key, path, note, overwrite), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed })
        {
            // Somebody was first. Usually with the same bytes; what is not the same is damaged and replaced.
            var there = await CallAsync(
                () => _s3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = KeyOf(key) }, cancellationToken),
                cancellationToken).ConfigureAwait(false);
            if (there.ContentLength != length || (NoteOf(there.Metadata).Sha256 is { } sha256 && sha256 != note.Sha256))
            {
                await CallAsync(() => _s3.PutObjectAsync(NewPut(key, path, note, overwrite: true), cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _s3.Dispose();

    private PutObjectRequest NewPut(string key, string path, ObjectNote note, bool overwrite)
    {
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = KeyOf(key),
            InputStream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize),
            AutoCloseStream = true,
            // Chunks with trailing checksums are what most other servers stumble over.
            UseChunkEncoding = false,
            IfNoneMatch = overwrite ? null : "*",
        };
        request.Metadata[Sha256Note] = note.Sha256;
        if (note.OriginDisagrees)
        {
            request.Metadata[DisagreesNote] = "true";
        }

        Encrypt(request);
        return request;
    }

    private void Encrypt(PutObjectRequest request)
    {
        var parts = _options.ServerSideEncryption.Split(':', 3);
        if (parts[0] == "AES256")
        {
            request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256;
        }
        else if (parts[0] == "aws")
        {
            request.ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS;
            request.ServerSideEncryptionKeyManagementServiceKeyId = parts.Length == 3 ? parts[2] : null;
        }
    }

    private static ObjectNote NoteOf(MetadataCollection metadata) => new(metadata[Sha256Note], metadata[DisagreesNote] == "true");

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

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (AmazonS3Exception e)
        {
            throw Classify(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreException(StoreError.OutOfReach, $"{Url} did not answer in time.", e);
        }
        catch (AmazonClientException e)
        {
            throw new StoreException(
                StoreError.NotPermitted, $"No credentials for {Url}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or an instance role.", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The SDK lets through whatever a broken connection throws below it: IOException, SocketException and more.
            throw new StoreException(StoreError.OutOfReach, $"{Url} is out of reach ({e.InnerException?.GetType().Name ?? e.GetType().Name}). Check --s3-endpoint and the network.", e);
        }
    }

    private StoreException Classify(AmazonS3Exception e) => e.StatusCode switch
    {
        HttpStatusCode.NotFound when e.ErrorCode == "NoSuchBucket" =>
            new StoreException(StoreError.NoBucket, $"There is no bucket {_options.Bucket} there. Make it, or check --store, --s3-endpoint and --s3-region.", e),
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized =>
            new StoreException(StoreError.NotPermitted, $"{Url} refused ({e.ErrorCode}). Check the credentials and the bucket's policy: listing, reading and writing are needed.", e),
        HttpStatusCode.InsufficientStorage => new StoreException(StoreError.Full, $"{Url} has no room left.", e),
        HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect =>
            new StoreException(StoreError.BadAnswer, $"The bucket {_options.Bucket} is in another region. Name it with --s3-region.", e),
        0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError =>
            new StoreException(StoreError.OutOfReach, $"{Url} failed ({(int)e.StatusCode} {e.ErrorCode}).", e),
        _ => new StoreException(StoreError.BadAnswer, $"{Url} answered {(int)e.StatusCode} {e.ErrorCode}.", e),
    };

    private string KeyOf(string key) => _options.Prefix.Length == 0 ? key : $"{_options.Prefix}/{key}";

    /// <inheritdoc/>
    public Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task PutAsync(string key, ReadOnlyMemory<byte> bytes, ObjectNote note, bool overwrite, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw new NotImplementedException();
}
