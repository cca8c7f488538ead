using System.Buffers;
using System.Security.Cryptography;
using Amazon.Runtime;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>Objects out of memory, sent beside the SDK's pipeline; what that does with refusals is in <see cref="S3ObjectStoreTests"/>.</summary>
public sealed class S3DirectPutTests : IAsyncLifetime
{
    private const string Key = "set/1/a.jpg";
    private const string ObjectPath = "/bucket/" + Key;

    /// <summary>What the SDK's pipeline gives each of its tries.</summary>
    private const string OfThePipeline = "amz-sdk-request";

    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(300_000);
    private S3StandIn _s3 = null!;
    private S3ObjectStore _store = null!;

    private IEnumerable<S3Seen> Puts => _s3.Requests.Where(seen => seen.Method == "PUT");

    public async ValueTask InitializeAsync()
    {
        _s3 = await S3StandIn.StartAsync();
        var options = new S3Options { Bucket = "bucket", Endpoint = _s3.Url, PathStyle = true };
        _store = new S3ObjectStore(options, [], TimeProvider.System, new S3Credentials(() => new SessionAWSCredentials("key", "secret", "token")));
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _s3.DisposeAsync();
    }

    [Fact]
    public async Task Put_Taken_WasOneRequestThatAskedNothingFirst()
    {
        await PutAsync(Key);

        var put = Assert.Single(Puts);
        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Equal(["", "", "*", "token", "UNSIGNED-PAYLOAD"],
            new[] { OfThePipeline, "expect", "if-none-match", "x-amz-security-token", "x-amz-content-sha256" }.Select(put.Header));
        Assert.Contains("x-amz-meta-sha256", put.Header("authorization"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_ObjectIsThere_IsNotSentAgain()
    {
        _s3.Objects[ObjectPath] = _bytes;

        await PutAsync(Key);

        Assert.Single(Puts);
    }

    [Fact]
    public async Task Put_WebPage_IsNotTakenForSuccess()
    {
        _s3.Next(seen => seen.Method == "PUT", S3Answer.Html);

        await PutAsync(Key);

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Equal([false, true], Puts.Select(put => put.Header(OfThePipeline).Length > 0));
    }

    [Fact]
    public async Task Put_KeyWithSpecialCharacters_IsStoredUnderIt()
    {
        await PutAsync("set/a+b %2F ü.jpg");

        Assert.Single(Puts);
        Assert.Equal(_bytes, _s3.Objects["/bucket/set/a+b %2F ü.jpg"]);
    }

    private Task PutAsync(string key) => _store.PutAsync(
        key, new ReadOnlySequence<byte>(_bytes), new ObjectNote(Convert.ToHexStringLower(SHA256.HashData(_bytes)), false), overwrite: false, RequestPriority.Bulk, TestContext.Current.CancellationToken);
}
