using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Tests.S3;

public sealed class S3AddressTests
{
    [Theory]
    [InlineData("bucket", null, "eu-central-1", false, "https://bucket.s3.eu-central-1.amazonaws.com", "eu-central-1")]
    [InlineData("bucket.with.dots", null, "eu-central-1", false, "https://s3.eu-central-1.amazonaws.com/bucket.with.dots", "eu-central-1")]
    [InlineData("bucket", "http://127.0.0.1:7480", null, true, "http://127.0.0.1:7480/bucket", "us-east-1")]
    [InlineData("set.physionet.org", "https://storage.googleapis.com", "auto", true, "https://storage.googleapis.com/set.physionet.org", "auto")]
    [InlineData(
        "arn:aws:s3:eu-west-3:123456789012:accesspoint/point", null, null, false, "https://point-123456789012.s3-accesspoint.eu-west-3.amazonaws.com", "eu-west-3")]
    public void Resolve_AnyWayToABucket_IsItsAddress(string bucket, string? endpoint, string? region, bool pathStyle, string expected, string signed)
    {
        var address = new S3Address(bucket) { Endpoint = endpoint is null ? null : new Uri(endpoint), Region = region, PathStyle = pathStyle };

        Assert.Equal(expected, address.Resolve());
        Assert.Equal(signed, address.SigningRegion);
    }

    [Fact]
    public void IsAtServiceOf_OtherEndpoint_IsFalse()
    {
        var aws = new S3Address("a") { Region = "eu-west-1" };
        var other = new S3Address("a") { Endpoint = new Uri("http://127.0.0.1:7480") };

        Assert.True(aws.IsAtServiceOf(new S3Address("b")));
        Assert.True(other.IsAtServiceOf(new S3Address("b") { Endpoint = new Uri("http://127.0.0.1:7480/") }));
        Assert.False(aws.IsAtServiceOf(other));
    }
}
