using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Whether strangers may read a bucket, by its policy or its access list. The data sets' terms forbid sharing, so such a
/// bucket is refused. What a public-access block makes void does not count.
/// </summary>
internal sealed class S3PublicAccess(S3Connection connection)
{
    /// <summary>The groups of an access list that anybody is in (Amazon S3, "ACL overview", predefined groups).</summary>
    private static readonly string[] Everybody =
        ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"];

    private string Bucket => connection.Options.Bucket;

    /// <summary>Asks.</summary>
    /// <returns>By what strangers may read it, null for nothing; and whether the service tells all of it.</returns>
    public async Task<(string? By, bool IsTold)> AskAsync(CancellationToken cancellationToken)
    {
        var askBlock = AskAsync(
            async s3 => (await s3.GetPublicAccessBlockAsync(new GetPublicAccessBlockRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false))
                .PublicAccessBlockConfiguration,
            cancellationToken);
        var askPolicy = AskAsync(
            async s3 => (await s3.GetBucketPolicyStatusAsync(new GetBucketPolicyStatusRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false))
                .PolicyStatus?.IsPublic ?? false,
            cancellationToken);
        var askGrants = AskAsync(
            async s3 => (await s3.GetBucketAclAsync(new GetBucketAclRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false)).Grants ?? [],
            cancellationToken);
        await Task.WhenAll(askBlock, askPolicy, askGrants).ConfigureAwait(false);
        var (block, policy, grants) = (await askBlock.ConfigureAwait(false), await askPolicy.ConfigureAwait(false), await askGrants.ConfigureAwait(false));
        // Ceph calls a policy public where it is the access list that is: that is looked at first.
        var by = grants.Value?.Any(grant => Everybody.Contains(grant.Grantee?.URI)) == true && block.Value?.IgnorePublicAcls != true ? "its access list (ACL)"
            : policy.Value && block.Value?.RestrictPublicBuckets != true ? "its policy"
            : null;
        return (by, policy.IsTold && grants.IsTold);
    }

    /// <summary>A question that a service may not know, or not answer to everybody.</summary>
    private async Task<(bool IsTold, T? Value)> AskAsync<T>(Func<IAmazonS3, Task<T>> question, CancellationToken cancellationToken)
    {
        try
        {
            return (true, await connection.CallAsync(question, cancellationToken).ConfigureAwait(false));
        }
        catch (StoreException e) when (e.Error != StoreError.NoBucket && S3Connection.IsAnswer(e, HttpStatusCode.NotFound))
        {
            return (true, default); // no policy, or no block
        }
        catch (StoreException e) when (e.InnerException is AmazonS3Exception answer && IsNoAnswer(answer))
        {
            return (false, default);
        }
    }

    /// <summary>A question that the service does not know or we may not ask; not credentials that it refuses altogether.</summary>
    private static bool IsNoAnswer(AmazonS3Exception answer) =>
        answer.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed
        || (answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.BadRequest && !S3Errors.IsOfCredentials(answer));
}
