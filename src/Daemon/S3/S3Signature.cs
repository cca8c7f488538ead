using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;

namespace MimicCxr.Daemon.S3;

/// <summary>Signs requests that are sent without the SDK, by the SDK's signer (AWS Signature Version 4).</summary>
internal static class S3Signature
{
    private const string HashHeader = "x-amz-content-sha256";

    /// <summary>SHA-256 of nothing.</summary>
    private const string EmptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>Signs a request without a body: its address, its host and those of its headers that S3 wants signed.</summary>
    /// <param name="request">Complete but for the signature.</param>
    /// <param name="credentials">Whose.</param>
    /// <param name="region">Of the bucket.</param>
    /// <param name="cancellationToken">Gives up the wait for credentials.</param>
    /// <exception cref="S3CredentialsException">There are none.</exception>
    public static async Task SignAsync(HttpRequestMessage request, S3Credentials credentials, string region, CancellationToken cancellationToken)
    {
        var unsigned = new AWSSigningRequest { HttpMethod = request.Method, RequestUri = request.RequestUri! };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
            {
                unsigned.Headers[name] = values.ToString();
            }
        }

        unsigned.Headers[HashHeader] = EmptyBody;
        var signing = new AWSSigV4Parameters { Credentials = credentials, Region = RegionEndpoint.GetBySystemName(region), Service = "s3" };
        try
        {
            var signed = await AWSSigV4Signer.SignAsync(unsigned, signing, cancellationToken).ConfigureAwait(false);
            request.Headers.TryAddWithoutValidation(HashHeader, EmptyBody);
            foreach (var (name, value) in signed.Headers.ExceptBy([HashHeader], header => header.Key, StringComparer.OrdinalIgnoreCase))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException)
        {
            throw new S3CredentialsException(e);
        }
    }
}
