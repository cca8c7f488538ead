using System.Globalization;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>A file over several connections, where one is slow and others are idle.</summary>
public sealed class PiecesTests
{
    private const int Length = 900_000;
    private const int SlowRate = 300_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_SlowConnectionOthersIdle_ComesInPiecesThatCoverItOnce()
    {
        await using var net = await SlowAsync();
        var bytes = net.Write("a", Length);
        var sink = new RecordingSink();

        await net.Origin().FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(Length, sink.Delivered);
        Assert.Equal([Length], sink.Lengths);
        Assert.Contains(Gets(net), get => get.Status == 206);
    }

    [Fact]
    public async Task Fetch_OriginKnownToBeSlow_AsksForPiecesFromTheStart()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        var bytes = net.Write("b", Length, seed: 2);
        var origin = net.Origin();
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        net.Log.Clear();
        var sink = new RecordingSink();

        await origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.All(Gets(net), get => Assert.Equal(206, get.Status));
        var pieces = Gets(net).Select(get => Bounds(get.Range!)).OrderBy(piece => piece.First).ToList();
        Assert.Equal(0, pieces[0].First);
        Assert.Equal(Length - 1, pieces[^1].Last);
        Assert.All(pieces.Zip(pieces.Skip(1)), pair => Assert.Equal(pair.First.Last + 1, pair.Second.First));
    }

    [Fact]
    public async Task Fetch_FewConnectionsForASmallFile_AsksEachForOnePiece()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        var bytes = net.Write("b", Length, seed: 2);
        var origin = net.Origin(options => options with { Concurrency = 4 });
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        net.Log.Clear();
        var sink = new RecordingSink();

        await origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(4, Gets(net).Count);
    }

    [Fact]
    public async Task Fetch_AJobsTransferStoodStill_ItsBufferedBytesAreNotTakenForAFastConnection()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        net.Write("b", 200_000);
        var origin = net.Origin();
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        Assert.True(origin.Pace.IsSlow);
        var sink = new ReaderComesAtTheFirstByte(origin.Gate);

        await origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Bulk, Token);
        (await sink.Reader!).Dispose();

        Assert.True(origin.Pace.IsSlow);
    }

    [Fact]
    public async Task Fetch_OneConnectionAllowed_ComesInOneRequest()
    {
        await using var net = await SlowAsync();
        var bytes = net.Write("a", Length);
        var sink = new RecordingSink();

        await net.Origin(options => options with { Concurrency = 1 }).FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Single(Gets(net));
    }

    [Fact]
    public async Task Fetch_PieceBreaksOff_GoesOnWhereItEnded()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        var bytes = net.Write("b", Length, seed: 2);
        var origin = net.Origin();
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Reset, Path = "*/b", Times = 3, AfterBytes = 50_000 });
        var sink = new RecordingSink();

        await origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(Length, sink.Delivered);
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.ShortBody)]
    public async Task Fetch_PiecesBreakOffBeforeTheirFirstByte_AreAskedForAgainAndOnlyThey(FaultKind kind)
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        var bytes = net.Write("b", Length, seed: 2);
        var origin = net.Origin();
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        net.Server.Faults.Add(new Fault { Kind = kind, Path = "*/b", Times = 3, AfterBytes = 0 });
        var sink = new RecordingSink();

        await origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(Length, sink.Delivered);
        Assert.Equal(0, sink.Restarts);
    }

    [Fact]
    public async Task Fetch_PieceIsRefused_FailsOnceAndNothingIsWrittenAfterwards()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        net.Write("b", Length, seed: 2);
        var origin = net.Origin(options => options with { Retries = 1 });
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        var sink = new RecordingSink();
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, Path = "*/b", PerRequest = true, Share = 0.6, Seed = 3 });

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => origin.FetchAsync(PhysioNet.Ask("b"), sink, RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.ServerFailed, failure.Error);
        var delivered = sink.Delivered;
        await origin.GetLengthAsync(PhysioNet.Ask("a"), Token);
        Assert.Equal(delivered, sink.Delivered);
    }

    [Fact]
    public async Task Fetch_EmptyFileFromASlowOrigin_BeginsAndEnds()
    {
        await using var net = await SlowAsync();
        net.Write("a", Length);
        net.Write("empty", 0);
        var origin = net.Origin();
        await origin.FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        var sink = new RecordingSink();

        await origin.FetchAsync(PhysioNet.Ask("empty"), sink, RequestPriority.Interactive, Token);

        Assert.Equal([0L], sink.Lengths);
        Assert.Equal(0, sink.Delivered);
    }

    private static Task<PhysioNet> SlowAsync() => PhysioNet.StartAsync(options => options with { BytesPerSecond = SlowRate });

    private static List<RequestLogEntry> Gets(PhysioNet net) => [.. net.Log.Entries.Where(entry => entry is { Method: "GET", Status: 200 or 206 })];

    /// <summary>A job's; once it has begun, a reader is served all the time.</summary>
    private sealed class ReaderComesAtTheFirstByte(RequestGate gate) : IFetchSink
    {
        public Task<RequestPlace>? Reader { get; private set; }

        public ValueTask BeginAsync(long length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Write(long offset, ReadOnlySpan<byte> bytes) => Reader ??= gate.EnterAsync(RequestPriority.Interactive, null, Token).AsTask();

        public void Restart()
        {
        }
    }

    private static (long First, long Last) Bounds(string range)
    {
        var parts = range["bytes=".Length..].Split('-');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), Math.Min(Length - 1, long.Parse(parts[1], CultureInfo.InvariantCulture)));
    }
}
