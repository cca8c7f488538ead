using System.Buffers;
using System.Security.Cryptography;
using Amazon.Runtime;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>A bucket that takes less than is asked of it: how many requests it gets, whose, and when.</summary>
public sealed class S3LoadTests : IAsyncLifetime
{
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(1000);
    private readonly List<S3ObjectStore> _stores = [];
    private S3StandIn _s3 = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _s3 = await S3StandIn.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _stores.ForEach(store => store.Dispose());
        await _s3.DisposeAsync();
    }

    [Theory]
    [InlineData(503, "SlowDown")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    public async Task Put_Refused_HalvesTheRequestsAtATimeAndSuccessBringsThemBack(int status, string code)
    {
        var store = await StoreAsync(concurrency: 8);
        _s3.Next(seen => seen.Method == "PUT", S3Answer.Error(status, code));

        await PutAsync(store, "set/1/first");
        Assert.Equal(4, store.Gate.Allowed);
        for (var i = 0; i < 50; i++)
        {
            await PutAsync(store, $"set/1/{i}");
        }

        Assert.Equal(8, store.Gate.Allowed);
        Assert.Equal(51, _s3.Objects.Count);
    }

    [Fact]
    public async Task Put_RefusedForEver_KeepsOneRequestAndFails()
    {
        var store = await StoreAsync(concurrency: 8);
        _s3.Rule = _ => S3Answer.Error(503, "SlowDown");

        Assert.Equal(StoreError.OutOfReach, (await Assert.ThrowsAsync<StoreException>(() => PutAsync(store, "set/1/a"))).Error);

        Assert.Equal(1, store.Gate.Allowed);
    }

    [Fact]
    public async Task WriteTrouble_PutsFailForHalfAMinuteWhileQuestionsAreAnswered_TellsUntilOneIsTaken()
    {
        var time = new ManualTime();
        var store = await StoreAsync(concurrency: 8, time);
        var since = time.GetUtcNow();
        _s3.Rule = seen => seen.Method == "PUT" ? S3Answer.Error(503, "SlowDown") : null;
        var put = PutAsync(store, "set/1/a");
        while (!put.IsCompleted)
        {
            Assert.Null(store.WriteTrouble);
            await Task.WhenAny(put, time.WhenWaitingAsync(due => due < TimeSpan.FromSeconds(6)));
            time.Advance(TimeSpan.FromSeconds(6));
        }

        await Assert.ThrowsAsync<StoreException>(() => put);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await store.TryStatAsync("set/1/b", Token));
        Assert.Equal(since, store.WriteTrouble?.Since);

        _s3.Rule = _ => null;
        await PutAsync(store, "set/1/a");
        Assert.Null(store.WriteTrouble);
    }

    [Fact]
    public async Task WriteTrouble_UploadStandsStill_SaysThatNothingMoves()
    {
        var time = new ManualTime();
        var store = await StoreAsync(concurrency: 8, time);
        var room = new TaskCompletionSource();
        _s3.Reading = _ => room.Task;
        var put = PutAsync(store, "set/1/a");
        await time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(60));
        await time.WhenWaitingAsync(due => due < TimeSpan.FromSeconds(6)); // the next try

        Assert.Contains("nothing moved for 60 s", store.WriteTrouble?.Reason, StringComparison.Ordinal);
        room.SetResult();
        time.Advance(TimeSpan.FromSeconds(6));
        await put;
        Assert.Null(store.WriteTrouble);
    }

    [Fact]
    public async Task Put_AskedToWait_NobodyAsksBefore()
    {
        var time = new ManualTime();
        var store = await StoreAsync(concurrency: 8, time);
        _s3.Next(seen => seen.Method == "PUT", S3Answer.Error(503, "SlowDown", retryAfter: 30));
        var put = PutAsync(store, "set/1/a");
        await time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(30));
        var before = _s3.Requests.Count;

        var stat = store.TryStatAsync("set/1/b", Token);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(TimeSpan.FromSeconds(1), store.Gate.PausedFor);
        Assert.Equal(before, _s3.Requests.Count);
        time.Advance(TimeSpan.FromSeconds(2));

        await put;
        Assert.Null(await stat);
        Assert.Single(_s3.Objects);
    }

    [Fact]
    public async Task Fetch_JobsWait_GoesBeforeThem()
    {
        var store = await StoreAsync(concurrency: 1);
        _s3.Objects["/bucket/set/1/read"] = _bytes;
        using var goOn = new SemaphoreSlim(0);
        _s3.Reading = _ => goOn.WaitAsync(Token);
        var first = PutAsync(store, "set/1/first");

        var second = PutAsync(store, "set/1/second");
        var read = store.TryFetchAsync("set/1/read", new RecordingSink(), RequestPriority.Interactive, Token);
        goOn.Release(2);
        await Task.WhenAll(first, second, read);

        Assert.Equal(["first", "read", "second"], _s3.Requests.Select(seen => seen.Path.Split('/')[^1]).TakeLast(3));
    }

    [Fact]
    public async Task Fetch_WaitsForRoom_HoldsUpNoUpload()
    {
        var store = await StoreAsync(concurrency: 1);
        _s3.Objects["/bucket/set/1/read"] = _bytes;
        var sink = new SinkWithoutRoom();
        var read = store.TryFetchAsync("set/1/read", sink, RequestPriority.Interactive, Token);
        await sink.Begun.Task;

        await PutAsync(store, "set/1/a");
        sink.Room.SetResult();

        Assert.NotNull(await read);
        Assert.Equal(_bytes.Length, sink.Received);
    }

    private async Task<S3ObjectStore> StoreAsync(int concurrency, TimeProvider? time = null)
    {
        var store = new S3ObjectStore(
            new S3Options { Bucket = "bucket", Endpoint = _s3.Url, PathStyle = true, Concurrency = concurrency },
            ["set/"],
            time ?? TimeProvider.System,
            new S3Credentials(() => new BasicAWSCredentials("key", "secret")));
        _stores.Add(store);
        await store.CheckAsync(Token);
        return store;
    }

    private Task PutAsync(S3ObjectStore store, string key) =>
        store.PutAsync(key, new ReadOnlySequence<byte>(_bytes), new ObjectNote(null, false), overwrite: true, RequestPriority.Bulk, Token);

    private sealed class SinkWithoutRoom : IFetchSink
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Room { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Received { get; private set; }

        public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
        {
            Begun.SetResult();
            return new(Room.Task.WaitAsync(cancellationToken));
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => Received += bytes.Length;

        public void Restart() => Received = 0;
    }
}
