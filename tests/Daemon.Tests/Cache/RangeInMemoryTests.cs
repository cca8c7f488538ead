using System.Buffers;
using System.Security.Cryptography;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>Bytes that the origin's connections bring straight into a move's memory.</summary>
public sealed class RangeInMemoryTests
{
    /// <summary>Blocks and a bit, so that pieces end within them.</summary>
    private const int Length = (2 * MoveMemory.BlockSize) + 12_345;

    private static readonly FileRange Whole = new(0, Length);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultKind.Reset, 700_000)]
    [InlineData(FaultKind.ShortBody, 700_000)]
    [InlineData(FaultKind.ShortBody, MoveMemory.BlockSize)]
    [InlineData(FaultKind.Stall, 100_000)]
    public async Task Fetch_BodyBreaksOff_HasTheBytesAndTheirChecksum(FaultKind kind, int after)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = kind, Times = 2, AfterBytes = after });

        await AssertArrivesAsync(net.Origin(options => options with { StallTimeout = TimeSpan.FromSeconds(1) }), "a", bytes);
    }

    [Fact]
    public async Task Fetch_OverSeveralSlowConnections_HasTheBytesAndTheirChecksum()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { BytesPerSecond = 500_000 });
        var bytes = net.Write("a", Length);

        await AssertArrivesAsync(net.Origin(), "a", bytes);

        Assert.Contains(net.Log.Entries, entry => entry is { Method: "GET", Status: 206 });
    }

    [Fact]
    public async Task Fetch_AnotherFileAfterABreak_BeginsAgainInTheSameMemory()
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, Times = 1 });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = await new MoveMemory(4 * Length).ReserveAsync(Length, Token);
        var range = new RangeInMemory(Whole, buffer, hash, null, _ => { });

        var fetch = net.Origin(time: time).FetchAsync(PhysioNet.Ask("a"), range, RequestPriority.Bulk, Token);
        await time.WhenWaitingAsync(_ => true);
        var other = net.Write("a", Length, seed: 2);
        time.Advance(TimeSpan.FromHours(10));
        await fetch;

        AssertHas(other, range, buffer, hash);
    }

    /// <summary>Blocks of a file that was given up are the next one's at once: nothing may be received into them any more.</summary>
    [Fact]
    public async Task Fetch_CancelledAgainAndAgain_NeverWritesIntoMemoryThatIsAnothers()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { BytesPerSecond = 20_000_000 });
        var bytes = net.Write("a", Length);
        var origin = net.Origin();
        var memory = new MoveMemory(4 * Length);
        using var keepsBlocks = await memory.ReserveAsync(1, Token);
        var cancelled = 0;
        for (var round = 1; round <= 20; round++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using (var buffer = await memory.ReserveAsync(Length, Token))
            {
                var after = round * (Length / 30);
                var sink = new CancellingSink(new RangeInMemory(Whole, buffer, hash, null, _ => { }), after, stop);
                var failure = await Record.ExceptionAsync(() => origin.FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Bulk, stop.Token));
                cancelled += failure is OperationCanceledException ? 1 : 0;
            }

            using var next = await memory.ReserveAsync(Length, Token);
            next.SetLength(Length);
            var marks = new byte[Length];
            Array.Fill(marks, (byte)round);
            next.Write(0, marks);
            // A whole file through the same origin: time enough for what might still come.
            await AssertArrivesAsync(origin, "a", bytes);
            Assert.True(marks.AsSpan().SequenceEqual(next.AsSequence().ToArray()));
        }

        // A thread may come too late for one of them, not for all.
        Assert.NotEqual(0, cancelled);
    }

    private static async Task AssertArrivesAsync(PhysioNetOrigin origin, string name, byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = await new MoveMemory(4 * Length).ReserveAsync(Length, Token);
        var range = new RangeInMemory(Whole, buffer, hash, null, _ => { });

        await origin.FetchAsync(PhysioNet.Ask(name), range, RequestPriority.Bulk, Token);

        AssertHas(bytes, range, buffer, hash);
    }

    private static void AssertHas(byte[] bytes, RangeInMemory range, MoveBuffer buffer, IncrementalHash hash)
    {
        range.HashRest(hash);
        Assert.Equal(SHA256.HashData(bytes), hash.GetHashAndReset());
        Assert.True(bytes.AsSpan().SequenceEqual(buffer.AsSequence().ToArray()));
    }

    /// <summary>Gives up after some bytes.</summary>
    private sealed class CancellingSink(RangeInMemory inner, long after, CancellationTokenSource stop) : IFetchSink
    {
        private bool _isOver;

        public ValueTask BeginAsync(long length, CancellationToken cancellationToken) => inner.BeginAsync(length, cancellationToken);

        public Memory<byte> RoomAt(long offset)
        {
            // From another thread, so that it comes while the next bytes are received.
            if (offset >= after && !_isOver)
            {
                _isOver = true;
                _ = stop.CancelAsync();
            }

            return inner.RoomAt(offset);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => inner.Write(offset, bytes);

        public void Restart() => inner.Restart();
    }
}
