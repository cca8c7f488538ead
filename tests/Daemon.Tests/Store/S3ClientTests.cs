using System.Net;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>What the signature of an upload covers.</summary>
public sealed class S3ClientTests
{
    private const string Unsigned = "UNSIGNED-PAYLOAD";
    private static readonly byte[] Body = [1, 2, 3];
    private static readonly string BodyHash = Convert.ToHexStringLower(SHA256.HashData(Body));

    [Theory]
    [InlineData("http://127.0.0.1:7480")]
    [InlineData("http://[::1]:7480")]
    [InlineData("http://localhost:7480")]
    [InlineData("https://s3.invalid")]
    public async Task Upload_NothingCanChangeItOnItsWay_BodyIsNotSigned(string endpoint) =>
        Assert.Equal([Unsigned, Unsigned], await PayloadHashesAsync(endpoint));

    [Fact]
    public async Task Upload_InTheClearToAnotherMachine_BodyIsSigned() =>
        Assert.Equal([BodyHash, BodyHash], await PayloadHashesAsync("http://s3.invalid"));

    /// <summary>What a whole object and a part were signed with.</summary>
    private static async Task<List<string>> PayloadHashesAsync(string endpoint)
    {
        using var service = new Service();
        using var s3 = new S3Client(new AmazonS3Config
        {
            ServiceURL = endpoint,
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            DefaultAWSCredentials = new BasicAWSCredentials("key", "secret"),
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            HttpClientFactory = new Factory(service),
        });
        await s3.PutObjectAsync(
            new PutObjectRequest { BucketName = "bucket", Key = "key", InputStream = new MemoryStream(Body), UseChunkEncoding = false },
            TestContext.Current.CancellationToken);
        await s3.UploadPartAsync(
            new UploadPartRequest { BucketName = "bucket", Key = "key", UploadId = "id", PartNumber = 1, InputStream = new MemoryStream(Body), UseChunkEncoding = false },
            TestContext.Current.CancellationToken);
        return service.PayloadHashes;
    }

    /// <summary>Takes everything.</summary>
    private sealed class Service : HttpMessageHandler
    {
        public List<string> PayloadHashes { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            PayloadHashes.Add(Assert.Single(request.Headers.GetValues("x-amz-content-sha256")));
            Assert.Contains("x-amz-content-sha256", request.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Headers = { ETag = new("\"tag\"") } });
        }
    }

    private sealed class Factory(HttpMessageHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);
    }
}
