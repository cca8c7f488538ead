using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>A bucket gives files as PhysioNet does: whole, in parts, resumed, never two versions mixed.</summary>
public sealed class MirrorTests : IAsyncLifetime
{
    private const int Length = 700_000;

    private Mirror _mirror = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mirror = await Mirror.StartAsync();

    public ValueTask DisposeAsync() => _mirror.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Length)]
    public async Task Fetch_File_ArrivesInOneSignedRequest(int length)
    {
        var bytes = _mirror.Write("a+b c", length);

        var sink = await FetchAsync(_mirror.Origin(), "a+b c");

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal([length], sink.Lengths);
        var request = Assert.Single(_mirror.S3.Requests);
        Assert.Equal("key-of-mirror", request.AccessKey);
        Assert.Equal(1, _mirror.Counters.Requests);
        Assert.Equal(length, _mirror.Counters.Bytes);
    }

    [Fact]
    public async Task Fetch_BodyBreaksOff_GoesOnWhereItEndedInTheSameVersion()
    {
        var bytes = _mirror.Write("a", Length);
        _mirror.S3.Next(_ => true, BrokenWhole(bytes, 200_000));

        var sink = await FetchAsync(_mirror.Origin(), "a");

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal((Length, 0), (sink.Delivered, sink.Restarts));
        var rest = _mirror.Gets.Last();
        Assert.Matches("^bytes=[1-9][0-9]*-", rest.Header("range"));
        Assert.Equal(S3StandIn.ETagOf(bytes), rest.Header("if-match"));
        // S3 knows no If-Range.
        Assert.Equal("", rest.Header("if-range"));
    }

    [Fact]
    public async Task Fetch_ObjectReplacedInBetween_BeginsAgain()
    {
        var before = _mirror.Write("a", Length);
        var after = _mirror.Write("a", Length, seed: 2);
        _mirror.S3.Next(_ => true, BrokenWhole(before, 200_000));

        var sink = await FetchAsync(_mirror.Origin(), "a");

        Assert.Equal(after, sink.Bytes);
        Assert.Equal(1, sink.Restarts);
    }

    [Fact]
    public async Task Fetch_ObjectOfAnotherLengthInBetween_Fails()
    {
        var before = _mirror.Write("a", Length);
        _mirror.Write("a", Length + 1, seed: 2);
        _mirror.S3.Next(_ => true, BrokenWhole(before, 200_000));

        Assert.Equal(OriginError.Changed, (await Assert.ThrowsAsync<OriginException>(() => FetchAsync(_mirror.Origin(), "a"))).Error);
    }

    [Fact]
    public async Task FetchRange_PartsOfOneVersion_FitTogether()
    {
        var bytes = _mirror.Write("a", Length);
        var (origin, sink) = (_mirror.Origin(), new RecordingSink());

        var version = await origin.FetchRangeAsync(Mirror.Ask("a"), new FileRange(0, 100), null, sink, RequestPriority.Interactive, Token);
        await origin.FetchRangeAsync(Mirror.Ask("a"), new FileRange(100, Length), version, sink, RequestPriority.Interactive, Token);

        Assert.Equal(new FileVersion(Length, S3StandIn.ETagOf(bytes)), version);
        Assert.Equal(bytes, sink.Bytes);
    }

    [Fact]
    public async Task FetchRange_OfAnotherVersion_Fails()
    {
        _mirror.Write("a", Length);
        var origin = _mirror.Origin();
        var version = await origin.FetchRangeAsync(Mirror.Ask("a"), new FileRange(0, 100), null, new RecordingSink(), RequestPriority.Interactive, Token);
        _mirror.Write("a", Length, seed: 2);

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => origin.FetchRangeAsync(Mirror.Ask("a"), new FileRange(100, 100), version, new RecordingSink(), RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.Changed, failure.Error);
    }

    [Theory]
    [InlineData(Length)]
    [InlineData(Length + 5)]
    public async Task FetchRange_BehindTheEnd_IsALengthAndNoBytes(long offset)
    {
        _mirror.Write("a", Length);
        var sink = new RecordingSink();

        var version = await _mirror.Origin().FetchRangeAsync(Mirror.Ask("a"), new FileRange(offset, 10), null, sink, RequestPriority.Interactive, Token);

        Assert.Equal(Length, version.Length);
        Assert.Empty(sink.Bytes);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(50, 100)]
    [InlineData(Length, 100)]
    public async Task FetchTail_File_IsItsEndInOneRequest(int length, int most)
    {
        var bytes = _mirror.Write("a", length);

        var tail = await _mirror.Origin().FetchTailAsync(Mirror.Ask("a"), most, RequestPriority.Interactive, Token);

        Assert.Equal(bytes[^Math.Min(length, most)..], tail.Bytes);
        Assert.Equal(length, tail.Version.Length);
        Assert.Single(_mirror.S3.Requests);
    }

    [Fact]
    public async Task GetLength_File_AsksForNoBytes()
    {
        _mirror.Write("a", Length);

        Assert.Equal(Length, await _mirror.Origin().GetLengthAsync(Mirror.Ask("a"), Token));
        Assert.Equal("HEAD", Assert.Single(_mirror.S3.Requests).Method);
    }

    [Fact]
    public async Task ListDirectory_OfFilesAndFolders_TellsTheFiles()
    {
        _mirror.Write("files/s1/a.jpg", 10);
        _mirror.Write("files/s1/b.jpg", 20);
        _mirror.Write("files/s1/deeper/c.jpg", 30);
        _mirror.Write("files/s12/d.jpg", 40);

        var files = await _mirror.Origin().ListDirectoryAsync(Mirror.Ask("files/s1"), Token);

        Assert.Equal([new("a.jpg", 10), new("b.jpg", 20)], files.OrderBy(file => file.Name));
    }

    [Fact]
    public async Task ListDirectory_SeveralPages_TellsAll()
    {
        _mirror.S3.Rule = seen => S3Answer.Xml(seen.Query.Contains("continuation-token=to%2Fken%3D", StringComparison.Ordinal)
            ? $"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>{Mirror.DataSet}/b</Key><Size>2</Size></Contents></ListBucketResult>"
            : $"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>to/ken=</NextContinuationToken><Contents><Key>{Mirror.DataSet}/a</Key><Size>1</Size></Contents></ListBucketResult>");

        Assert.Equal([new("a", 1), new("b", 2)], await _mirror.Origin().ListDirectoryAsync(Mirror.DataSet, Token));
    }

    [Fact]
    public async Task Fetch_TreeWithoutTheNamesOfItsDataSet_IsFoundAndThenAskedForAtOnce()
    {
        byte[] bytes = [1, 2, 3];
        _mirror.S3.Objects[$"/{Mirror.Bucket}/some/prefix/a"] = bytes;
        var origin = _mirror.Origin(options => options with { Prefix = "some/prefix" });

        Assert.Equal(bytes, (await FetchAsync(origin, "a")).Bytes);
        Assert.Equal(bytes, (await FetchAsync(origin, "a")).Bytes);
        Assert.Equal(3, _mirror.S3.Requests.Count);
        Assert.Equal([new("a", 3)], await origin.ListDirectoryAsync(Mirror.DataSet, Token));
    }

    [Fact]
    public async Task Fetch_OtherDataSetThanTheTreeIsTakenFor_IsNotFound()
    {
        _mirror.S3.Objects[$"/{Mirror.Bucket}/a"] = [1, 2, 3];

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => _mirror.Origin().FetchAsync("mimic-cxr/2.1.0/a", new RecordingSink(), RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.NotFound, failure.Error);
    }

    private static async Task<RecordingSink> FetchAsync(MirrorOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(Mirror.Ask(name), sink, RequestPriority.Interactive, Token);
        return sink;
    }

    /// <summary>The beginning of a whole object, then a broken connection.</summary>
    private static S3Answer BrokenWhole(byte[] whole, int count) => new(async context =>
    {
        context.Response.ContentLength = whole.Length;
        context.Response.Headers.ETag = S3StandIn.ETagOf(whole);
        await context.Response.Body.WriteAsync(whole.AsMemory(0, count));
        await context.Response.Body.FlushAsync();
        context.Abort();
    });
}
