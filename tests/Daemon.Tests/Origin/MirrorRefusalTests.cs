using Amazon.Runtime;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>Who asks a mirror, who pays, and what its refusals become.</summary>
public sealed class MirrorRefusalTests : IAsyncLifetime
{
    private Mirror _mirror = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mirror = await Mirror.StartAsync();

    public ValueTask DisposeAsync() => _mirror.DisposeAsync();

    [Fact]
    public async Task Fetch_RequesterPays_SaysSoInTheSignedRequest()
    {
        _mirror.Write("a", 10);

        await FetchAsync(_mirror.Origin(options => options with { RequesterPays = true, Project = "paying 1" }), "a");

        var request = Assert.Single(_mirror.S3.Requests);
        Assert.Equal("requester", request.Header("x-amz-request-payer"));
        Assert.Contains("x-amz-request-payer", request.Header("authorization"), StringComparison.Ordinal);
        Assert.Equal("?userProject=paying%201", request.Query);
    }

    [Fact]
    public async Task Fetch_TokenExpires_IsRepeatedWithNewCredentials()
    {
        _mirror.Write("a", 10);
        var credentials = new Renewing();
        _mirror.S3.Rule = seen => seen.AccessKey == "key-1" ? S3Answer.Error(400, "ExpiredToken") : null;
        var origin = _mirror.Origin(credentials: new S3Credentials(() => credentials));

        await FetchAsync(origin, "a");
        await FetchAsync(origin, "a");

        Assert.Equal(["key-1", "key-2", "key-2"], _mirror.S3.Requests.Select(seen => seen.AccessKey));
    }

    [Theory]
    [InlineData(301, "PermanentRedirect")]
    [InlineData(400, "AuthorizationHeaderMalformed")]
    public async Task Ask_BucketInAnotherRegion_GoesThereAndStays(int status, string code)
    {
        _mirror.Write("a", 10);
        _mirror.S3.Rule = seen => seen.Region == "eu-central-1" ? null : S3Answer.Error(status, code, region: "eu-central-1");
        var origin = _mirror.Origin();

        Assert.Equal(10, await origin.GetLengthAsync(Mirror.Ask("a"), Token));
        await FetchAsync(origin, "a");

        Assert.Single(_mirror.S3.Requests, seen => seen.Region != "eu-central-1");
    }

    [Theory]
    [InlineData(503, "SlowDown")]
    [InlineData(500, "InternalError")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(400, "RequestTimeout")]
    public async Task Fetch_TooMuchAsked_IsAskedAgain(int status, string code)
    {
        var bytes = _mirror.Write("a", 10);
        _mirror.S3.Next(_ => true, S3Answer.Error(status, code), S3Answer.Error(status, code));

        Assert.Equal(bytes, (await FetchAsync(_mirror.Origin(), "a")).Bytes);
        Assert.Equal(2, _mirror.Counters.Errors);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket", "", nameof(OriginError.NoBucket), "no bucket mirror")]
    [InlineData(404, "NoSuchKey", "", nameof(OriginError.NotFound), "404")]
    [InlineData(403, "AccessDenied", "", nameof(OriginError.BucketRefused), "--origin-requester-pays")]
    [InlineData(400, "UserProjectMissing", "", nameof(OriginError.BucketRefused), "--origin-project")]
    [InlineData(403, "InvalidAccessKeyId", "", nameof(OriginError.BucketRefused), "does not know these credentials")]
    [InlineData(403, "SignatureDoesNotMatch", "", nameof(OriginError.BucketRefused), "does not know these credentials")]
    [InlineData(403, "RequestTimeTooSkewed", "", nameof(OriginError.BucketRefused), "clock")]
    [InlineData(400, "ExpiredToken", "", nameof(OriginError.BucketRefused), "expired")]
    [InlineData(301, "PermanentRedirect", "eu-west-3", nameof(OriginError.NoBucket), "--origin-region eu-west-3")]
    [InlineData(301, "PermanentRedirect", "", nameof(OriginError.NoBucket), "--origin-region")]
    [InlineData(418, "Teapot", "", nameof(OriginError.BadAnswer), "418")]
    public async Task Fetch_Refused_SaysWhatToDoAndNamesNoFile(int status, string code, string region, string expected, string text)
    {
        _mirror.Write("secret-name", 10);
        _mirror.S3.Rule = _ => S3Answer.Error(status, code, region: region.Length > 0 ? region : null);
        var origin = _mirror.Origin(options => options with { Address = options.Address.In("us-east-1") });

        var failure = await Assert.ThrowsAsync<OriginException>(() => FetchAsync(origin, "secret-name"));

        Assert.Equal(expected, failure.Error.ToString());
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-name", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_WebPageInstead_IsNoFile()
    {
        _mirror.S3.Rule = _ => S3Answer.Html;

        var failure = await Assert.ThrowsAsync<OriginException>(() => FetchAsync(_mirror.Origin(), "a"));

        Assert.Equal(OriginError.BadAnswer, failure.Error);
        Assert.Contains("--origin-endpoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_NoCredentials_SaysWhatToSet()
    {
        var origin = _mirror.Origin(credentials: new S3Credentials(() => throw new AmazonClientException("none")));

        var failure = await Assert.ThrowsAsync<OriginException>(() => FetchAsync(origin, "a"));

        Assert.Equal(OriginError.BucketRefused, failure.Error);
        Assert.Contains("--origin-profile", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_mirror.S3.Requests);
    }

    [Fact]
    public async Task ListDirectory_NotPermitted_LeavesEachFileToBeAskedFor()
    {
        _mirror.S3.Rule = _ => S3Answer.Error(403, "AccessDenied");

        var failure = await Assert.ThrowsAsync<OriginException>(() => _mirror.Origin().ListDirectoryAsync(Mirror.DataSet, Token));

        // What DirectorySizes takes for an origin without directory pages.
        Assert.Equal(OriginError.BadAnswer, failure.Error);
    }

    private static async Task<RecordingSink> FetchAsync(MirrorOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(Mirror.Ask(name), sink, RequestPriority.Interactive, Token);
        return sink;
    }

    /// <summary>Gives key-1, key-2, ... each time it has to generate some.</summary>
    private sealed class Renewing : RefreshingAWSCredentials
    {
        private int _generated;

        protected override CredentialsRefreshState GenerateNewCredentials() =>
            new(new ImmutableCredentials($"key-{Interlocked.Increment(ref _generated)}", "secret", "token"), DateTime.UtcNow.AddDays(1));

        protected override Task<CredentialsRefreshState> GenerateNewCredentialsAsync() => Task.FromResult(GenerateNewCredentials());
    }
}
