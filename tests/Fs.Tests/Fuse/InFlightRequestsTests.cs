using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class InFlightRequestsTests
{
    private readonly SampleTree _tree = new();
    private readonly SampleNode _file;
    private readonly DispatcherHarness _harness;

    public InFlightRequestsTests()
    {
        _file = _tree.AddFile(_tree.Root, "slow", "slow bytes"u8.ToArray());
        _harness = new DispatcherHarness(_tree);
    }

    private byte[] ReadPacket(ulong unique) => Packet.Read(FuseOpcode.Read, unique, _file.Id.Value, 0, 4096);

    private byte[] SizePacket(ulong unique, bool forRead = false) =>
        Packet.Request(FuseOpcode.GetAttributes, unique, _file.Id.Value, [forRead ? (byte)1 : (byte)0, .. new byte[15]]);

    /// <summary>Parks a request and starts its wait.</summary>
    private async Task ParkAsync(byte[] packet)
    {
        Assert.Empty(_harness.Dispatch(packet));
        await _harness.RunReadyAsync();
        await _tree.WaitForWaitsAsync(1);
        Assert.Empty(_harness.Channel.AllSent());
    }

    [Fact]
    public async Task Read_BytesArrive_IsAnsweredOnceWithThem()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        Assert.Equal(1, _harness.Counters.ParkedNow);

        gate.SetResult();
        await _harness.RunReadyAsync();
        var reply = await _harness.Channel.NextSentAsync();
        Assert.Equal((0, 10UL), (Packet.Error(reply), Packet.Unique(reply)));
        Assert.Equal("slow bytes"u8, reply.AsSpan(16));
        Assert.Empty(_harness.Channel.AllSent());
        Assert.Equal((0, 1, 1), (_harness.Counters.ParkedNow, _harness.Counters.Parked, _harness.Counters.Reads));
        Assert.Equal(0, _harness.Time.Armed);
    }

    [Fact]
    public async Task Read_PendingAgainAfterItsWait_WaitsAgain()
    {
        // Pending when dispatched, and twice more after waits that completed.
        _file.StillPending = 3;
        await ParkAsync(ReadPacket(10));
        await _harness.RunReadyAsync();
        await _harness.RunReadyAsync();
        await _tree.WaitForWaitsAsync(2);
        await _harness.RunReadyAsync();
        var reply = await _harness.Channel.NextSentAsync();
        Assert.Equal("slow bytes"u8, reply.AsSpan(16));
    }

    [Fact]
    public async Task GetAttributes_UnknownSize_IsAnsweredWhenItIsKnown()
    {
        var gate = _file.HoldSize();
        await ParkAsync(SizePacket(12));
        Assert.False(_file.SizeAskedForRead);
        gate.SetResult();
        await _harness.RunReadyAsync();
        var reply = await _harness.Channel.NextSentAsync();
        Assert.Equal((0, 12UL), (Packet.Error(reply), Packet.Unique(reply)));
        Assert.Equal(FuseProtocol.ForEverSeconds, Packet.UInt64(reply, 0));
        Assert.Equal(10UL, Packet.UInt64(reply, 16 + 8));
    }

    [Fact]
    public async Task GetAttributes_OfAReader_TellsTheTreeSo()
    {
        _file.HoldSize();
        await ParkAsync(SizePacket(12, forRead: true));
        Assert.True(_file.SizeAskedForRead);
    }

    [Fact]
    public async Task Interrupt_ParkedRead_IsAnsweredInterruptedAndCancelled()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        Assert.Empty(_harness.Dispatch(Packet.Interrupt(10)));
        var reply = await _harness.Channel.NextSentAsync();
        Assert.Equal((-(int)Errno.Interrupted, 10UL), (Packet.Error(reply), Packet.Unique(reply)));
        await _file.Cancelled.Task;

        // Bytes that come after all are nobody's.
        gate.SetResult();
        Assert.Empty(_harness.Channel.AllSent());
        Assert.Equal((0, 1), (_harness.Counters.ParkedNow, _harness.Counters.Interrupts));
        Assert.Equal(0, _harness.Time.Armed);
    }

    [Fact]
    public async Task Interrupt_TreeThatIgnoresCancellation_IsAnsweredOnce()
    {
        _file.IgnoresCancellation = true;
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        _harness.Dispatch(Packet.Interrupt(10));
        Assert.Equal(-(int)Errno.Interrupted, Packet.Error(await _harness.Channel.NextSentAsync()));
        gate.SetResult();
        await _harness.RunReadyAsync();
        Assert.Empty(_harness.Channel.AllSent());
    }

    [Fact]
    public async Task Interrupt_BeforeTheWaitBegan_IsAnsweredOnce()
    {
        _file.HoldBytes();
        Assert.Empty(_harness.Dispatch(ReadPacket(10)));
        _harness.Dispatch(Packet.Interrupt(10));
        Assert.Equal(-(int)Errno.Interrupted, Packet.Error(await _harness.Channel.NextSentAsync()));
        await _harness.RunReadyAsync();
        Assert.Empty(_harness.Channel.AllSent());
    }

    [Fact]
    public void Interrupt_UnknownRequest_AsksTheKernelToTryAgain()
    {
        var reply = _harness.Dispatch(Packet.Interrupt(10));
        Assert.Equal(16, reply.Length);
        Assert.Equal((-(int)Errno.TryAgain, 11UL), (Packet.Error(reply), Packet.Unique(reply)));
    }

    [Fact]
    public async Task Limit_Reached_IsAnsweredIoErrorAndCancelled()
    {
        _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        _harness.Time.FireAll();
        var reply = await _harness.Channel.NextSentAsync();
        Assert.Equal((-(int)Errno.InputOutput, 10UL), (Packet.Error(reply), Packet.Unique(reply)));
        await _file.Cancelled.Task;
        Assert.Empty(_harness.Channel.AllSent());
        Assert.Equal((1, 0), (_harness.Counters.ParkedTimedOut, _harness.Counters.ParkedNow));
    }

    [Fact]
    public async Task Wait_FailsWithFsException_IsAnsweredItsErrno()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        gate.SetException(new FsException(Errno.AccessDenied, "no"));
        Assert.Equal(-(int)Errno.AccessDenied, Packet.Error(await _harness.Channel.NextSentAsync()));
        Assert.Empty(_harness.Logger.All);
    }

    [Fact]
    public async Task Wait_FailsWithAnythingElse_IsAnsweredIoErrorWithOneLine()
    {
        var gate = _file.HoldSize();
        await ParkAsync(SizePacket(10));
        gate.SetException(new InvalidOperationException("secret"));
        Assert.Equal(-(int)Errno.InputOutput, Packet.Error(await _harness.Channel.NextSentAsync()));
        Assert.DoesNotContain("secret", Assert.Single(_harness.Logger.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryRead_ThrowsAfterTheWait_IsAnsweredIoError()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        _file.Throws = new InvalidOperationException("secret");
        gate.SetResult();
        await _harness.RunReadyAsync();
        Assert.Equal(-(int)Errno.InputOutput, Packet.Error(await _harness.Channel.NextSentAsync()));
    }

    [Fact]
    public async Task Close_WithParkedRequests_AnswersAllAndTakesNoMore()
    {
        _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        await ParkAsync(ReadPacket(12));
        _harness.InFlight.Close(Errno.ConnectionAborted);
        var replies = _harness.Channel.AllSent();
        Assert.Equal([10UL, 12UL], replies.Select(reply => Packet.Unique(reply)).Order());
        Assert.All(replies, reply => Assert.Equal(-(int)Errno.ConnectionAborted, Packet.Error(reply)));
        Assert.Equal(-(int)Errno.ConnectionAborted, Packet.Error(_harness.Dispatch(ReadPacket(14))));
    }

    [Fact]
    public async Task Reply_RefusedByTheKernel_IsFollowedByAnIoError()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        _harness.Channel.RefuseNext(Errno.InvalidArgument);
        gate.SetResult();
        await _harness.RunReadyAsync();
        var replies = _harness.Channel.AllSent();
        Assert.Equal([0, -(int)Errno.InputOutput], replies.Select(reply => Packet.Error(reply)));
    }

    [Fact]
    public async Task Reply_OfARequestTheKernelForgot_IsDropped()
    {
        var gate = _file.HoldBytes();
        await ParkAsync(ReadPacket(10));
        _harness.Channel.RefuseNext(Errno.NoEntry);
        gate.SetResult();
        await _harness.RunReadyAsync();
        Assert.Single(_harness.Channel.AllSent());
        Assert.Empty(_harness.Logger.All);
    }
}
