using System.Buffers;
using System.Security.Cryptography;
using Amazon.Runtime;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>Files of the spool that are larger than a part, and bodies that take their time.</summary>
public sealed class S3LargeFileTests : IAsyncLifetime
{
    private const string Key = "set/1/reports.zip";
    private const string ObjectPath = "/bucket/" + Key;
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortOfStall = TimeSpan.FromSeconds(45);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes((2 * IObjectParts.PartLength) + 1000);
    private S3StandIn _s3 = null!;
    private S3ObjectStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectNote Note => NoteOf(_bytes);

    public async ValueTask InitializeAsync()
    {
        _s3 = await S3StandIn.StartAsync();
        _store = Store(_time);
        await File.WriteAllBytesAsync(_folder["file"], _bytes, Token);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _s3.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Put_LargeFile_ComesInPartsAndIsNotSeenBefore()
    {
        var seenBefore = false;
        _s3.Rule = seen =>
        {
            seenBefore |= !_s3.Objects.IsEmpty;
            return null;
        };

        await PutAsync();

        Assert.False(seenBefore);
        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Equal([1000, IObjectParts.PartLength, IObjectParts.PartLength], _s3.Requests.Where(seen => seen.Method == "PUT").Select(seen => seen.Body.Length).Order());
        Assert.Empty(_s3.Uploads);
    }

    [Fact]
    public async Task Put_LargeFileThatIsThere_SendsNothing()
    {
        _s3.Objects[ObjectPath] = _bytes;

        await PutAsync();

        Assert.All(_s3.Requests, seen => Assert.Contains(seen.Method, (string[])["GET", "HEAD"]));
    }

    [Fact]
    public async Task Put_PartIsRefused_LeavesNothing()
    {
        _s3.Rule = seen => seen.Query.Contains("partNumber=2", StringComparison.Ordinal) ? S3Answer.Error(403, "AccessDenied") : null;

        var failure = await Assert.ThrowsAsync<StoreException>(() => PutAsync());

        Assert.Equal(StoreError.NotPermitted, failure.Error);
        Assert.Empty(_s3.Objects);
        Assert.Empty(_s3.Uploads);
    }

    [Fact]
    public async Task Put_FileIsShorterThanTold_FailsAndLeavesNothing()
    {
        await File.WriteAllBytesAsync(_folder["file"], _bytes[..^5000], Token);

        // For the client it is a request that failed on its way, which is tried again after pauses.
        using var store = Store(TimeProvider.System);
        await Assert.ThrowsAsync<StoreException>(() => store.PutAsync(Key, _folder["file"], _bytes.Length, Note, overwrite: false, Token));

        Assert.Empty(_s3.Objects);
        Assert.Empty(_s3.Uploads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Put_AnotherCompletesFirst_ItsObjectStaysUnlessItIsWrong(bool isSame)
    {
        var theirs = isSame ? _bytes : _bytes[..1000];
        _s3.Rule = seen =>
        {
            // After everybody has looked.
            if (seen.Method == "POST" && !seen.Query.StartsWith("?uploads", StringComparison.Ordinal))
            {
                _s3.Objects.TryAdd(ObjectPath, theirs);
            }

            return null;
        };

        await PutAsync();

        if (isSame)
        {
            Assert.Same(theirs, _s3.Objects[ObjectPath]);
        }

        Assert.Equal(_bytes, _s3.Objects[ObjectPath]);
        Assert.Empty(_s3.Uploads);
        Assert.Contains(_s3.Requests, seen => seen.Header("if-none-match") == "*");
    }

    [Fact]
    public async Task Put_SlowButMoving_IsNotCutOff()
    {
        const int Pieces = 4;
        // Each more than both ends' buffers hold: when the server has read one, the client has gone on meanwhile.
        var piece = new byte[16 << 20];
        var bytes = Repeat(piece, Pieces);
        using var reached = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        long next = piece.Length;
        await _store.CheckAsync(Token);
        _s3.Reading = async count =>
        {
            if (count >= next)
            {
                next += piece.Length;
                reached.Release();
                await goOn.WaitAsync(Token);
            }
        };
        var put = _store.PutAsync(Key, bytes, new ObjectNote(null, false), overwrite: true, RequestPriority.Bulk, Token);

        for (var i = 0; i < Pieces; i++)
        {
            await reached.WaitAsync(Token);
            _time.Advance(ShortOfStall);
            goOn.Release();
        }

        await put;
        Assert.Equal(bytes.Length, _s3.Objects[ObjectPath].Length);
        Assert.Single(_s3.Requests, seen => seen.Method == "PUT");
    }

    [Fact]
    public async Task Fetch_SlowButMoving_IsNotCutOff()
    {
        _s3.Objects[ObjectPath] = _bytes;
        var sink = new RecordingSink { OnWrite = _ => _time.Advance(ShortOfStall) };

        Assert.NotNull(await _store.TryFetchAsync(Key, sink, RequestPriority.Interactive, Token));

        Assert.Equal(_bytes, sink.Bytes);
        Assert.Single(_s3.Requests, seen => seen.Method == "GET");
    }

    private static ObjectNote NoteOf(byte[] bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)), false);

    private static ReadOnlySequence<byte> Repeat(byte[] piece, int count)
    {
        var first = new Segment(piece, null);
        var last = first;
        for (var i = 1; i < count; i++)
        {
            last = new Segment(piece, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, piece.Length);
    }

    private S3ObjectStore Store(TimeProvider time) => new(
        new S3Options { Bucket = "bucket", Endpoint = _s3.Url, PathStyle = true, Timeout = Stall },
        ["set/"],
        time,
        new S3Credentials(() => new BasicAWSCredentials("key", "secret")));

    private Task PutAsync() => _store.PutAsync(Key, _folder["file"], _bytes.Length, Note, overwrite: false, Token);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
