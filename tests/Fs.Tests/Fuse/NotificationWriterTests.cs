using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class NotificationWriterTests
{
    [Fact]
    public void Run_EachNotification_HasTheKernelsLayout()
    {
        var channel = new RecordingChannel();
        var writer = new NotificationWriter(channel, new FuseCounters(), NullLogger.Instance);
        writer.InvalidateNode(new NodeId(5));
        writer.InvalidateName(new NodeId(6), "ab"u8);
        writer.Complete();
        writer.Run();
        Assert.Equal(
            [
                Packet.FromHex("28000000 02000000 0000000000000000 0500000000000000 0000000000000000 0000000000000000"),
                Packet.FromHex("23000000 03000000 0000000000000000 0600000000000000 02000000 00000000 616200"),
            ],
            channel.AllSent());
    }

    [Fact]
    public async Task FlushAsync_AfterTheEnd_Completes()
    {
        var writer = new NotificationWriter(new RecordingChannel(), new FuseCounters(), NullLogger.Instance);
        writer.Complete();
        await writer.FlushAsync();
    }
}
