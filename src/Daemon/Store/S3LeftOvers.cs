using System.Net;
using Amazon.S3.Model;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Ends multipart uploads that a killed daemon left: nobody sees them, but they are paid for. Only below the names of our
/// data sets; where other machines write to the bucket too, only those that are too old to be anybody's work.
/// </summary>
/// <param name="connection">The bucket.</param>
/// <param name="prefixes">Where our objects are, without the bucket's prefix.</param>
internal sealed class S3LeftOvers(S3Connection connection, IReadOnlyList<string> prefixes)
{
    /// <summary>An upload that takes longer than this is nobody's.</summary>
    private static readonly TimeSpan LongestUpload = TimeSpan.FromDays(1);

    /// <summary>Ends them. Before the first upload of this run.</summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        var before = connection.Options.IsShared ? DateTime.UtcNow - LongestUpload : DateTime.MaxValue;
        return Task.WhenAll(prefixes.Select(prefix => EndAsync(prefix, before, cancellationToken)));
    }

    /// <summary>Ends one; that it is over already is no error.</summary>
    /// <param name="connection">The bucket.</param>
    /// <param name="key">The object's key in the bucket.</param>
    /// <param name="id">The upload's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task AbortAsync(S3Connection connection, string key, string id, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(
                s3 => s3.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = connection.Options.Bucket, Key = key, UploadId = id }, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException e) when (S3Connection.IsAnswer(e, HttpStatusCode.NotFound))
        {
            // NoSuchUpload.
        }
    }

    private async Task EndAsync(string prefix, DateTime before, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = connection.Options.Bucket, Prefix = connection.KeyOf(prefix) };
        ListMultipartUploadsResponse page;
        do
        {
            page = await connection.CallAsync(s3 => s3.ListMultipartUploadsAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (var upload in (page.MultipartUploads ?? []).Where(upload => (upload.Initiated?.ToUniversalTime() ?? DateTime.MaxValue) < before))
            {
                await AbortAsync(connection, upload.Key, upload.UploadId, cancellationToken).ConfigureAwait(false);
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated == true);
    }
}
