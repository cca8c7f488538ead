using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>Ranges of one file, that fit together or fail.</summary>
public sealed class RangeTests
{
    private const int Length = 700_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100_000)]
    [InlineData(Length)]
    [InlineData(Length + 1)]
    public async Task FetchRange_OneAfterTheOther_GiveTheFileInOneRequestEach(int step)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", Length);
        var origin = net.Origin();
        var received = new List<byte>();
        FileVersion? version = null;
        for (long at = 0; at < Length; at += step)
        {
            var range = new FileRange(at, step);
            var (sink, got) = (new RecordingSink(), version);
            version = await FetchAsync(origin, range, got, sink);

            Assert.Equal([Length], sink.Lengths);
            Assert.Equal(range.CountIn(Length), sink.Delivered);
            received.AddRange(sink.Bytes.AsSpan((int)at));
        }

        Assert.Equal(bytes, received);
        Assert.Equal((Length + step - 1) / step, net.Log.Entries.Count(entry => entry is { Method: "GET", Status: 206 }));
    }

    [Theory]
    [InlineData(Length, 1000)]
    [InlineData(1000, 1000)]
    [InlineData(10, 1000)]
    [InlineData(0, 1000)]
    public async Task FetchTail_OfAFileOfAnyLength_GivesItsEndAndVersionInOneRequest(int length, int most)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", length);
        var origin = net.Origin();

        var tail = await origin.FetchTailAsync(PhysioNet.Ask("a"), most, RequestPriority.Interactive, Token);

        Assert.Equal(bytes[^Math.Min(most, length)..], tail.Bytes);
        Assert.Equal(length, tail.Version.Length);
        Assert.Single(net.Log.Entries, entry => entry is { Method: "GET", Status: 206 or 416 });
        Assert.False(tail.Version.DiffersFrom(await FetchAsync(origin, new FileRange(0, 1), null, new RecordingSink())));
    }

    [Fact]
    public async Task FetchTail_OriginServesNoRanges_FailsAndReadsNothing()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.IgnoreRange });

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => net.Origin().FetchTailAsync(PhysioNet.Ask("a"), 1000, RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.BadAnswer, failure.Error);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(10, 10)]
    [InlineData(10, 11)]
    public async Task FetchRange_NothingThere_TellsTheLengthAndGivesNothing(int length, int offset)
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", length);
        var sink = new RecordingSink();

        var version = await FetchAsync(net.Origin(), new FileRange(offset, 100), null, sink);

        Assert.Equal(length, version.Length);
        Assert.Equal([length], sink.Lengths);
        Assert.Equal(0, sink.Delivered);
    }

    [Theory]
    [InlineData(Length)]
    [InlineData(Length + 1)]
    public async Task FetchRange_FileChangedSinceTheFirst_FailsBeforeTheSinkBegins(int length)
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        var origin = net.Origin();
        var version = await FetchAsync(origin, new FileRange(0, 1000), null, new RecordingSink());
        net.Write("a", length, seed: 2);
        var sink = new RecordingSink();

        var failure = await Assert.ThrowsAsync<OriginException>(() => FetchAsync(origin, new FileRange(1000, 1000), version, sink));

        Assert.Equal(OriginError.Changed, failure.Error);
        Assert.False(failure.IsTransient);
        Assert.Empty(sink.Lengths);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task FetchRange_FileChangesInTheMiddleOfALaterRange_Fails(int offset)
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        var origin = net.Origin(time: time);
        var version = await FetchAsync(origin, new FileRange(0, 1000), null, new RecordingSink());
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, Times = 1 });

        var fetch = FetchAsync(origin, new FileRange(offset, 500_000), version, new RecordingSink());
        await time.WhenWaitingAsync(_ => true);
        net.Write("a", Length, seed: 2);
        time.Advance(TimeSpan.FromHours(10));

        Assert.Equal(OriginError.Changed, (await Assert.ThrowsAsync<OriginException>(() => fetch)).Error);
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.ShortBody)]
    [InlineData(FaultKind.Stall)]
    public async Task FetchRange_BodyBreaksOff_GoesOnWhereItEnded(FaultKind kind)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = kind, Times = 2 });
        var sink = new RecordingSink();

        await FetchAsync(net.Origin(options => options with { StallTimeout = TimeSpan.FromSeconds(1) }), new FileRange(100_000, 400_000), null, sink);

        Assert.Equal(bytes[100_000..500_000], sink.Bytes[100_000..]);
        Assert.Equal(400_000, sink.Delivered);
        Assert.Equal(0, sink.Restarts);
    }

    [Theory]
    [InlineData(0, 300_000)]
    [InlineData(300_000, 300_000)]
    [InlineData(300_000, Length)]
    [InlineData(Length, 10)]
    public async Task FetchRange_RangesAreIgnored_PassesOverWhatIsNotWanted(int offset, int length)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.IgnoreRange });
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, AfterBytes = 400_000, Times = 1 });
        var (sink, range) = (new RecordingSink(), new FileRange(offset, length));

        await FetchAsync(net.Origin(), range, null, sink);

        Assert.Equal(bytes[offset..(int)range.EndIn(Length)], sink.Bytes[Math.Min(offset, sink.Bytes.Length)..]);
        Assert.Equal(range.CountIn(Length), sink.Delivered);
        Assert.Equal(0, sink.Restarts);
    }

    [Fact]
    public async Task FetchRange_SlowConnectionOthersIdle_ComesInPiecesThatCoverItOnce()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { BytesPerSecond = 300_000 });
        var bytes = net.Write("a", Length);
        var origin = net.Origin();
        await FetchAsync(origin, FileRange.Whole, null, new RecordingSink());
        net.Log.Clear();
        var sink = new RecordingSink();

        await FetchAsync(origin, new FileRange(50_000, 600_000), null, sink);

        Assert.Equal(bytes[50_000..650_000], sink.Bytes[50_000..]);
        Assert.Equal(600_000, sink.Delivered);
        Assert.True(net.Log.Entries.Count > 1);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    public async Task FetchRange_NoRange_IsRefused(int offset, int length)
    {
        await using var net = await PhysioNet.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FetchAsync(net.Origin(), new FileRange(offset, length), null, new RecordingSink()));
    }

    private static Task<FileVersion> FetchAsync(PhysioNetOrigin origin, FileRange range, FileVersion? expected, RecordingSink sink) =>
        origin.FetchRangeAsync(PhysioNet.Ask("a"), range, expected, sink, RequestPriority.Bulk, Token);
}
