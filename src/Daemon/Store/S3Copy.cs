using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>An object of a mirror at the same service, copied by the service itself.</summary>
internal sealed class S3Copy(S3Connection connection, MirrorObject source, bool requesterPays)
{
    /// <summary>Copies it as it was seen.</summary>
    /// <returns>False where it is another one by now, there is an object already, or the service computes another checksum than the note's: then nothing is left.</returns>
    public async Task<bool> TryRunAsync(string key, ObjectNote note, CancellationToken cancellationToken)
    {
        var encryption = S3Encryption.Parse(connection.Options.ServerSideEncryption);
        var request = new CopyObjectRequest
        {
            SourceBucket = source.Bucket,
            SourceKey = source.Key,
            ETagToMatch = source.Version.ETag,
            DestinationBucket = connection.Options.Bucket,
            DestinationKey = connection.KeyOf(key),
            // Who knows it leaves alone what another has stored meanwhile; that is looked at then as with any upload.
            IfNoneMatch = "*",
            MetadataDirective = S3MetadataDirective.REPLACE,
            // Who knows checksums computes one of what is written, and tells it; others ignore that.
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            RequestPayer = requesterPays ? RequestPayer.Requester : null,
            StorageClass = connection.Options.StorageClass is { } name ? S3StorageClass.FindValue(name) : null,
            ServerSideEncryptionMethod = encryption.Method,
            ServerSideEncryptionKeyManagementServiceKeyId = encryption.Key,
        };
        S3Notes.Write(request.Metadata, note);
        try
        {
            var copied = await connection.WriteAsync(RequestPriority.Bulk, s3 => s3.CopyObjectAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (copied.ChecksumSHA256 is null or "" || copied.ChecksumSHA256 == Convert.ToBase64String(Convert.FromHexString(note.Sha256!)))
            {
                return true;
            }
        }
        catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.PreconditionFailed))
        {
            return false;
        }

        await connection.CallAsync(
            RequestPriority.Bulk,
            s3 => s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = connection.Options.Bucket, Key = request.DestinationKey }, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return false;
    }
}
