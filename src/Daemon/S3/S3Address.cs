using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace MimicCxr.Daemon.S3;

/// <summary>Where a bucket is.</summary>
/// <param name="Bucket">Its name, or the ARN or alias of an access point.</param>
internal sealed record S3Address(string Bucket)
{
    /// <summary>What signatures name where nobody named a region.</summary>
    private const string DefaultRegion = "us-east-1";

    /// <summary>A server other than AWS, as http(s)://HOST[:PORT].</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region's name; null where nobody named one.</summary>
    public string? Region { get; init; }

    /// <summary>Bucket in the path instead of in the host name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>The region that a request is signed for.</summary>
    public string SigningRegion => Region ?? RegionOfArn ?? (Endpoint is null ? FallbackRegionFactory.GetRegionEndpoint()?.SystemName : null) ?? DefaultRegion;

    /// <summary>arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME</summary>
    private string? RegionOfArn => Bucket.Split(':') is ["arn", _, _, { Length: > 0 } region, ..] ? region : null;

    /// <summary>Whether one service has both, so that it can copy from one to the other.</summary>
    public bool IsAtServiceOf(S3Address other) => Endpoint == other.Endpoint;

    /// <summary>The same bucket, in a region that was told since.</summary>
    public S3Address In(string? region) => this with { Region = region };

    /// <summary>Makes a client speak to it.</summary>
    public void ApplyTo(AmazonS3Config config)
    {
        config.ForcePathStyle = PathStyle;
        if (Endpoint is not null)
        {
            config.ServiceURL = Endpoint.ToString();
            config.AuthenticationRegion = SigningRegion;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(SigningRegion);
        }
    }

    /// <summary>Its address by the SDK's rules, without a '/' at the end. Sends nothing.</summary>
    public string Resolve()
    {
        var config = new AmazonS3Config();
        ApplyTo(config);
        using var rules = new AmazonS3Client(new AnonymousAWSCredentials(), config);
        return new Uri(rules.DetermineServiceOperationEndpoint(new GetObjectRequest { BucketName = Bucket, Key = "any" }).URL).AbsoluteUri.TrimEnd('/');
    }
}
