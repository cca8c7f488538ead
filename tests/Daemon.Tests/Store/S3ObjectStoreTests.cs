using System.Buffers;
using System.Security.Cryptography;
using Amazon.Runtime;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>A bucket whose server refuses, redirects, stalls and breaks off, which a real one does not do on demand.</summary>
public sealed class S3ObjectStoreTests : IAsyncLifetime
{
    private const string Key = "set/1/a.jpg";
    private const string ObjectPath = "/bucket/" + Key;

    private readonly ManualTime _time = new();
    private readonly List<S3ObjectStore> _stores = [];
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(300_000);
    private S3StandIn _s3 = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectNote Note => new(Convert.ToHexStringLower(SHA256.HashData(_bytes)), false);

    public async ValueTask InitializeAsync() => _s3 = await S3StandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(store => store.Dispose());
        await _s3.DisposeAsync();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    public async Task Put_TokenExpiredInTheMiddle_IsRepeatedWithNewCredentials(int status)
    {
        var chain = new Renewing();
        var store = Store(chain: chain);
        await store.CheckAsync(Token);
        _s3.Rule = seen => seen.AccessKey == "key-1" ? S3Answer.Error(status, "ExpiredToken") : null;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PutAsync(store, $"set/1/{i}")));

        Assert.Equal(8, _s3.Objects.Count);
        // However many were refused at once.
        Assert.Equal(2, chain.Generated);
    }

    [Fact]
    public async Task Put_NewCredentialsExpiredToo_SaysSo()
    {
        var store = Store(chain: new Renewing());
        _s3.Rule = seen => S3Answer.Error(400, "ExpiredToken");

        var failure = await Assert.ThrowsAsync<StoreException>(() => PutAsync(store));

        Assert.Equal(StoreError.NotPermitted, failure.Error);
        Assert.Contains("session token has expired", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301, "PermanentRedirect")]
    [InlineData(400, "AuthorizationHeaderMalformed")]
    public async Task Call_BucketInAnotherRegion_GoesThere(int status, string code)
    {
        var store = Store();
        _s3.Rule = seen => seen.Region == "eu-central-1" ? null : S3Answer.Error(status, code, region: "eu-central-1");

        // The answer to a HEAD has no text.
        Assert.Null(await store.TryStatAsync(Key, Token));
        await PutAsync(store);

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Single(_s3.Requests, seen => seen.Region != "eu-central-1");
    }

    [Fact]
    public async Task Call_RegionInTheTextAlone_GoesThere()
    {
        var store = Store();
        _s3.Rule = seen => seen.Region == "eu-central-1" ? null : S3Answer.Error(400, "AuthorizationHeaderMalformed", "the region is wrong; expecting 'eu-central-1'");

        await PutAsync(store);

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
    }

    [Fact]
    public async Task Call_BucketInAnotherRegionThanGiven_NamesIt()
    {
        var store = Store(options => options with { Region = "us-west-2" });
        _s3.Rule = seen => S3Answer.Error(301, "PermanentRedirect", region: "eu-central-1");

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Token));

        Assert.Equal(StoreError.NoBucket, failure.Error);
        Assert.Contains("--s3-region eu-central-1", failure.Message, StringComparison.Ordinal);
        Assert.All(_s3.Requests, seen => Assert.Equal("us-west-2", seen.Region));
    }

    [Fact]
    public async Task Call_EachRegionNamesAnother_Ends()
    {
        var store = Store();
        _s3.Rule = seen => S3Answer.Error(301, "PermanentRedirect", region: seen.Region + "-no");

        Assert.Equal(StoreError.NoBucket, (await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Token))).Error);
    }

    [Fact]
    public async Task Call_ClockIsWrong_SaysHowFarAndWhatToDo()
    {
        var store = Store();
        var server = DateTimeOffset.UtcNow.AddMinutes(-42.2);
        _s3.Rule = seen => S3Answer.Error(403, "RequestTimeTooSkewed", date: server);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Token));

        Assert.Equal(StoreError.NotPermitted, failure.Error);
        Assert.Contains("42 minutes ahead", failure.Message, StringComparison.Ordinal);
        Assert.Contains("timedatectl", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WebPage_PointsToTheEndpoint()
    {
        var store = Store();
        _s3.Rule = _ => S3Answer.Html;

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Token));

        Assert.Equal(StoreError.BadAnswer, failure.Error);
        Assert.Contains("--s3-endpoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_SlowDownTwice_IsTriedAgain()
    {
        var store = Store();
        _s3.Next(seen => seen.Method == "PUT", S3Answer.Error(503, "SlowDown"), S3Answer.Error(503, "SlowDown"));

        await PutAsync(store);

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Equal(3, _s3.Requests.Count(seen => seen.Method == "PUT"));
    }

    [Fact]
    public async Task Put_OneAnswerNeverComes_IsTriedAgain()
    {
        var store = Store(options => options with { Timeout = TimeSpan.FromSeconds(2) });
        _s3.Next(seen => seen.Method == "PUT", S3Answer.Never);

        await PutAsync(store);

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
    }

    [Fact]
    public async Task Put_NoAnswerEver_IsOutOfReach()
    {
        var store = Store(options => options with { Timeout = TimeSpan.FromMilliseconds(200) });
        _s3.Rule = _ => S3Answer.Never;

        Assert.Equal(StoreError.OutOfReach, (await Assert.ThrowsAsync<StoreException>(() => PutAsync(store))).Error);
        Assert.True(_s3.Requests.Count > 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fetch_StopsInTheMiddle_GoesOnFromThere(bool isSilent)
    {
        var store = Store(options => options with { Timeout = TimeSpan.FromSeconds(isSilent ? 2 : 60) });
        _s3.Objects[ObjectPath] = _bytes;
        _s3.Next(seen => seen.Method == "GET", S3Answer.Part(_bytes, 100_000, isSilent));
        var sink = new RecordingSink();

        Assert.NotNull(await store.TryFetchAsync(Key, sink, RequestPriority.Interactive, Token));

        Assert.Equal(_bytes, sink.Bytes);
        Assert.Equal([_bytes.Length], sink.Lengths);
        Assert.Equal(_bytes.Length, sink.Delivered);
        Assert.Equal(["bytes=0-", "bytes=100000-"], _s3.Requests.Select(seen => seen.Header("range")));
    }

    [Fact]
    public async Task Fetch_ObjectReplacedInTheMiddle_Fails()
    {
        var store = Store();
        _s3.Objects[ObjectPath] = [.. _bytes.Reverse()];
        _s3.Next(seen => seen.Method == "GET", S3Answer.Part(_bytes, 100_000, isSilent: false));

        await Assert.ThrowsAsync<StoreException>(() => store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));
    }

    [Theory]
    [InlineData("AES256", "AES256", "")]
    [InlineData("aws:kms", "aws:kms", "")]
    [InlineData("aws:kms:arn:aws:kms:eu-central-1:1:key/2", "aws:kms", "arn:aws:kms:eu-central-1:1:key/2")]
    public async Task Put_EncryptionAndStorageClass_AreAskedFor(string option, string method, string key)
    {
        var store = Store(options => options with { ServerSideEncryption = option, StorageClass = "STANDARD_IA" });

        await PutAsync(store);
        await using (var parts = await store.BeginPartsAsync("set/1/large", _bytes.Length, Note, Token))
        {
            await parts.PutPartAsync(0, new ReadOnlySequence<byte>(_bytes), Token);
            await parts.CompleteAsync(overwrite: true, Token);
        }

        var begun = _s3.Requests
            .Where(seen => (seen.Method, seen.Path) == ("PUT", ObjectPath) || (seen.Method == "POST" && seen.Query.StartsWith("?uploads", StringComparison.Ordinal)))
            .ToList();
        Assert.Equal(2, begun.Count);
        Assert.All(begun, seen =>
        {
            Assert.Equal(method, seen.Header("x-amz-server-side-encryption"));
            Assert.Equal(key, seen.Header("x-amz-server-side-encryption-aws-kms-key-id"));
            Assert.Equal("STANDARD_IA", seen.Header("x-amz-storage-class"));
            Assert.Equal(Note.Sha256, seen.Header("x-amz-meta-sha256"));
        });
    }

    [Fact]
    public async Task Put_BucketBecomesPublic_StopsWithinADayWhileReadsGoOnUntilItIsPrivateAgain()
    {
        var store = Store(time: _time);
        await store.CheckAsync(Token);
        await PutAsync(store);
        _s3.IsPublic = true;
        await PutAsync(store, "set/1/b");

        _time.Advance(TimeSpan.FromDays(1));
        var failure = await Assert.ThrowsAsync<StoreException>(() => PutAsync(store, "set/1/c"));
        Assert.Equal(StoreError.NotPermitted, failure.Error);
        Assert.Contains("is public", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreException>(() => store.BeginPartsAsync("set/1/d", 1, Note, Token));
        await Assert.ThrowsAsync<StoreException>(() => store.TryCreateAsync("set/1/e", _bytes, Token));
        Assert.NotNull(await store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));
        Assert.Equal(2, _s3.Objects.Count);

        _s3.IsPublic = false;
        _time.Advance(TimeSpan.FromMinutes(1));
        await PutAsync(store, "set/1/c");
        Assert.Equal(3, _s3.Objects.Count);
    }

    [Fact]
    public async Task Put_OutOfReachAtStartAndPublic_IsRefusedByTheFirstWrite()
    {
        var store = Store(options => options with { Timeout = TimeSpan.FromMilliseconds(200) });
        _s3.IsPublic = true;
        _s3.Rule = _ => S3Answer.Never;
        Assert.Equal(StoreError.OutOfReach, (await Assert.ThrowsAsync<StoreException>(() => store.CheckAsync(Token))).Error);

        _s3.Rule = _ => null;
        Assert.Equal(StoreError.NotPermitted, (await Assert.ThrowsAsync<StoreException>(() => PutAsync(store))).Error);
        Assert.Empty(_s3.Objects);
    }

    private S3ObjectStore Store(Func<S3Options, S3Options>? change = null, Renewing? chain = null, TimeProvider? time = null)
    {
        var options = new S3Options { Bucket = "bucket", Endpoint = _s3.Url, PathStyle = true };
        var credentials = chain ?? (AWSCredentials)new BasicAWSCredentials("key-1", "secret");
        var store = new S3ObjectStore(change?.Invoke(options) ?? options, ["set/"], time ?? TimeProvider.System, new S3Credentials(() => credentials));
        _stores.Add(store);
        return store;
    }

    private Task PutAsync(S3ObjectStore store, string key = Key) => store.PutAsync(key, new ReadOnlySequence<byte>(_bytes), Note, overwrite: false, RequestPriority.Bulk, Token);

    /// <summary>Temporary credentials that announce an hour.</summary>
    private sealed class Renewing : RefreshingAWSCredentials
    {
        private int _generated;

        public int Generated => Volatile.Read(ref _generated);

        protected override CredentialsRefreshState GenerateNewCredentials() => new(
            new ImmutableCredentials($"key-{Interlocked.Increment(ref _generated)}", "secret", "token"), DateTime.UtcNow.AddHours(1));

        protected override Task<CredentialsRefreshState> GenerateNewCredentialsAsync() => Task.FromResult(GenerateNewCredentials());
    }
}
