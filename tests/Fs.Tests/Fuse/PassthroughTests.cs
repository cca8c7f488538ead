using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

/// <summary>OPEN and RELEASE in mode passthrough: all opens of an inode agree, and nothing is left behind.</summary>
public sealed class PassthroughTests
{
    private readonly SampleTree _tree = new();
    private readonly SampleNode _file;
    private readonly DispatcherHarness _harness;

    public PassthroughTests()
    {
        _file = _tree.AddFile(_tree.Root, "file", "bytes"u8.ToArray());
        _harness = new DispatcherHarness(_tree, noOpen: false, passthrough: true);
    }

    private byte[] OpenPacket(ulong unique = 8) => Packet.Request(FuseOpcode.Open, unique, _file.Id.Value, new byte[8]);

    private FuseOpenOut Open() => Answer(_harness.Dispatch(OpenPacket()));

    private void Release() => Assert.Equal(0, Packet.Error(_harness.Dispatch(Packet.Request(FuseOpcode.Release, 10, _file.Id.Value, new byte[24]))));

    private static FuseOpenOut Answer(byte[] reply)
    {
        Assert.Equal(0, Packet.Error(reply));
        return MemoryMarshal.Read<FuseOpenOut>(reply.AsSpan(16));
    }

    private static FuseOpenOut Through(int id) => new() { Flags = OpenFlags.Passthrough, BackingId = id };

    private static FuseOpenOut Kept => new() { Flags = OpenFlags.KeepCache };

    private void AssertNothingLeft()
    {
        Assert.Equal(0, _file.LeasesNow);
        Assert.Empty(_harness.Registry.Open);
        Assert.Equal(0, _harness.Counters.BackingFilesNow);
    }

    [Fact]
    public void Open_Resident_PassesThroughUntilItsRelease()
    {
        Assert.Equal(Through(1), Open());
        Assert.Equal((1, 1L), (_file.LeasesNow, _harness.Counters.BackingFilesNow));
        Release();
        AssertNothingLeft();
        Assert.Equal(1, _harness.Counters.BackingFiles);
    }

    [Fact]
    public void Open_WhileOpen_GetsTheSameIdAndNoSecondLease()
    {
        Open();
        Assert.Equal(Through(1), Open());
        Release();
        Assert.Equal(1, _file.LeasesNow);
        Assert.Equal(Through(1), Open());
        Release();
        Release();
        Assert.Equal(1, _file.Leases);
        AssertNothingLeft();
    }

    [Fact]
    public void Open_AfterTheLastRelease_GetsANewId()
    {
        Open();
        Release();
        Assert.Equal(Through(2), Open());
    }

    [Fact]
    public void Open_WhileOpenWithoutBacking_StaysWithoutUntilTheLastRelease()
    {
        _file.HasNoBacking = true;
        Assert.Equal(Kept, Open());
        _file.HasNoBacking = false;
        Assert.Equal(Kept, Open());
        Release();
        Assert.Equal(Kept, Open());
        Release();
        Release();
        Assert.Equal(0, _file.Leases);
        Assert.Equal(Through(1), Open());
    }

    [Fact]
    public void Open_KernelRefusesTheFile_GoesWithoutAndTheTreeIsAskedNoMore()
    {
        _harness.Registry.Refuses = Errno.TooManyLinks;
        Assert.Equal(Kept, Open());
        AssertNothingLeft();
        Release();
        Assert.Equal(Kept, Open());
        Assert.Equal((1, 1), (_harness.Registry.Opened, _file.Leases));
        Assert.Equal(1, _harness.Counters.BackingRefused);
        Assert.Single(_harness.Logger.All);
    }

    [Fact]
    public void Open_TooManyFilesNow_GoesWithoutThisTime()
    {
        _harness.Registry.Refuses = Errno.TooManyFiles;
        Assert.Equal(Kept, Open());
        AssertNothingLeft();
        Release();
        _harness.Registry.Refuses = null;
        Assert.Equal(Through(2), Open());
    }

    [Fact]
    public void Open_ForWriting_CountsNothing()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.Open, 8, _file.Id.Value, 1, 0, 0, 0, 0, 0, 0, 0));
        Assert.Equal(-(int)Errno.ReadOnlyFileSystem, Packet.Error(reply));
        Assert.Equal(0, _file.Leases);
    }

    [Fact]
    public void Release_OfAPredecessorsOpen_IsDone() => Release();

    [Fact]
    public void Undelivered_Open_IsTakenBack()
    {
        var reply = _harness.Dispatch(OpenPacket());
        _harness.Dispatcher.Undelivered(OpenPacket(), reply);
        AssertNothingLeft();
    }

    [Fact]
    public void Undelivered_OpenThatFailed_TakesNothingBack()
    {
        Open();
        var writing = Packet.Request(FuseOpcode.Open, 8, _file.Id.Value, 1, 0, 0, 0, 0, 0, 0, 0);
        _harness.Dispatcher.Undelivered(writing, _harness.Dispatch(writing));
        Assert.Equal(1, _file.LeasesNow);
    }

    [Fact]
    public async Task Open_Pending_IsAnsweredWhenTheFileIsWhole()
    {
        var gate = _file.HoldBytes();
        Assert.Empty(_harness.Dispatch(OpenPacket()));
        await _harness.RunReadyAsync(); // starts the wait
        gate.SetResult();
        await _harness.RunReadyAsync();
        Assert.Equal(Through(1), Answer(await _harness.Channel.NextSentAsync()));
        Release();
        AssertNothingLeft();
    }

    [Fact]
    public async Task Open_PendingTwice_SharesOneIdAndEndsTheSurplusLease()
    {
        var gate = _file.HoldBytes();
        _harness.Dispatch(OpenPacket(8));
        _harness.Dispatch(OpenPacket(12));
        await _harness.RunReadyAsync();
        await _harness.RunReadyAsync();
        gate.SetResult();
        await _harness.RunReadyAsync();
        await _harness.RunReadyAsync();
        Assert.Equal(Through(1), Answer(await _harness.Channel.NextSentAsync()));
        Assert.Equal(Through(1), Answer(await _harness.Channel.NextSentAsync()));
        Assert.Equal((2, 1), (_file.Leases, _file.LeasesNow));
        Release();
        Release();
        AssertNothingLeft();
    }

    [Fact]
    public async Task Open_PendingLongerThanTheBackingLimit_GoesWithoutAndCancelsTheTree()
    {
        _file.HoldBytes();
        _harness.Dispatch(OpenPacket());
        await _harness.RunReadyAsync();
        await _tree.WaitForWaitsAsync(1);
        _harness.Time.FireAll(TimeSpan.FromSeconds(10));
        await _harness.RunReadyAsync();
        Assert.Equal(Kept, Answer(await _harness.Channel.NextSentAsync()));
        await _file.Cancelled.Task;
        Assert.Equal(0, _harness.Counters.ParkedNow);
    }

    [Fact]
    public async Task Open_PendingAndInterrupted_IsInterruptedAndLeavesNothing()
    {
        _file.HoldBytes();
        _harness.Dispatch(OpenPacket());
        await _harness.RunReadyAsync();
        await _tree.WaitForWaitsAsync(1);
        Assert.Empty(_harness.Dispatch(Packet.Interrupt(8)));
        Assert.Equal(-(int)Errno.Interrupted, Packet.Error(await _harness.Channel.NextSentAsync()));
        await _file.Cancelled.Task;
        AssertNothingLeft();
    }

    [Fact]
    public async Task Open_InterruptedWhileTheTreeFinishes_LeavesNothing()
    {
        _file.IgnoresCancellation = true;
        var gate = _file.HoldBytes();
        _harness.Dispatch(OpenPacket());
        await _harness.RunReadyAsync();
        _harness.Dispatch(Packet.Interrupt(8));
        gate.SetResult();
        await _harness.RunReadyAsync(); // the answer that nobody waits for
        Assert.Equal(1, _file.Leases);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Open_KernelDoesNotTakeTheLateAnswer_LeavesNothing()
    {
        var gate = _file.HoldBytes();
        _harness.Dispatch(OpenPacket());
        await _harness.RunReadyAsync();
        gate.SetResult();
        _harness.Channel.RefuseNext(Errno.NoEntry);
        await _harness.RunReadyAsync();
        Assert.Equal(1, _file.Leases);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Open_BytesCannotBeHad_FailsWithTheTreesError()
    {
        _file.BackingThrows = new FsException(Errno.AccessDenied, "not signed");
        _harness.Dispatch(OpenPacket());
        await _harness.RunReadyAsync();
        Assert.Equal(-(int)Errno.AccessDenied, Packet.Error(await _harness.Channel.NextSentAsync()));
        AssertNothingLeft();
    }

    [Fact]
    public void ReleaseAll_FilesAreOpen_EndsTheirLeases()
    {
        Open();
        _harness.OpenFiles.ReleaseAll();
        Assert.Equal((0, 0L), (_file.LeasesNow, _harness.Counters.BackingFilesNow));
    }
}
