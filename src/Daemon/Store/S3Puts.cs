using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>Whole objects on their way into a bucket, and who was first where several bring the same.</summary>
internal sealed class S3Puts(S3Connection connection)
{
    private const int Attempts = 4;
    private const string WriterNote = "writer";

    private readonly S3Encryption _encryption = S3Encryption.Parse(connection.Options.ServerSideEncryption);

    /// <summary>Stores an object unless the same one is there.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="open">Opens its bytes; called once a request.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="note">What is kept with it.</param>
    /// <param name="overwrite">Whether to store it even so.</param>
    /// <param name="priority">Who waits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task PutAsync(string key, Func<Stream> open, long length, ObjectNote note, bool overwrite, RequestPriority priority, CancellationToken cancellationToken)
    {
        if (!overwrite)
        {
            if (await TryPutNewAsync(() => NewPut(key, open(), note), priority, cancellationToken).ConfigureAwait(false)
                || await IsThereAsync(key, length, note, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        await connection.WriteAsync(priority, s3 => s3.PutObjectAsync(NewPut(key, open(), note), cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the bucket has an object with this length and checksum (or with none, from something else).</summary>
    public async Task<bool> IsThereAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken) =>
        await TryHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } there
        && there.ContentLength == length
        && (S3Notes.Read(there.Metadata).Sha256 is not { } sha256 || sha256 == note.Sha256);

    /// <summary>What the bucket tells of an object, or null where it has none.</summary>
    public async Task<GetObjectMetadataResponse?> TryHeadAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.CallAsync(
                s3 => s3.GetObjectMetadataAsync(
                    new GetObjectMetadataRequest { BucketName = connection.Options.Bucket, Key = connection.KeyOf(key) }, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.NotFound) && e.Error != StoreError.NoBucket)
        {
            return null;
        }
    }

    /// <summary>Stores an object only where there is none.</summary>
    /// <returns>False when somebody else's is there.</returns>
    public async Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var writer = Guid.NewGuid().ToString("n");
        var isNew = await TryPutNewAsync(
            () =>
            {
                var put = NewPut(key, new SequenceStream(new(bytes)), new ObjectNote(null, false));
                put.Metadata[WriterNote] = writer;
                return put;
            },
            RequestPriority.Ahead,
            cancellationToken).ConfigureAwait(false);
        // An answer may have been lost on its way, and the request repeated against its own success.
        return isNew || (await TryHeadAsync(key, cancellationToken).ConfigureAwait(false))?.Metadata[WriterNote] == writer;
    }

    private async Task<bool> TryPutNewAsync(Func<PutObjectRequest> newPut, RequestPriority priority, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await connection.WriteAsync(priority, Put, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.PreconditionFailed))
            {
                return false;
            }
            catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.Conflict) && attempt < Attempts)
            {
                // ConditionalRequestConflict: another writer is at it, and either may still fail.
            }
        }

        Task<PutObjectResponse> Put(IAmazonS3 s3)
        {
            var put = newPut();
            put.IfNoneMatch = "*";
            return s3.PutObjectAsync(put, cancellationToken);
        }
    }

    private PutObjectRequest NewPut(string key, Stream body, ObjectNote note)
    {
        var request = new PutObjectRequest
        {
            BucketName = connection.Options.Bucket,
            Key = connection.KeyOf(key),
            InputStream = body,
            AutoCloseStream = true,
            // Chunks with trailing checksums are what most other servers stumble over.
            UseChunkEncoding = false,
            // The SDK would compute an MD5 to compare with the ETag, which is none where the bucket is encrypted.
            DisableDefaultChecksumValidation = true,
            StorageClass = connection.Options.StorageClass is { } name ? S3StorageClass.FindValue(name) : null,
            ServerSideEncryptionMethod = _encryption.Method,
            ServerSideEncryptionKeyManagementServiceKeyId = _encryption.Key,
        };
        S3Notes.Write(request.Metadata, note);
        return request;
    }
}
