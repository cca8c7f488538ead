using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class FuseWorkerTests
{
    private readonly DispatcherHarness _harness = new(SampleTree.WithOneOfEach());

    private FuseWorker Worker(RecordingChannel channel) =>
        new(channel, _harness.Dispatcher, new ReplySender(channel, _harness.Logger), new SerialPhase(_harness.Counters), _harness.Logger);

    [Theory]
    [InlineData(Errno.NoEntry)]
    [InlineData(Errno.Interrupted)]
    [InlineData(Errno.TryAgain)]
    public void Run_PassingErrorOfTheDevice_GoesOnUntilNoDevice(Errno passing)
    {
        var channel = new RecordingChannel { ReadError = passing };
        channel.Enqueue([]);
        channel.Enqueue(Packet.Request(FuseOpcode.StatFs, 8, 1));
        Worker(channel).Run();
        Assert.Equal(8UL, Packet.Unique(Assert.Single(channel.AllSent())));
        Assert.Empty(_harness.Logger.All);
    }

    [Fact]
    public void Run_ErrorThatWillNotPass_EndsWithALine()
    {
        var channel = new RecordingChannel { ReadError = Errno.InvalidArgument };
        channel.Enqueue([]);
        channel.Enqueue(Packet.Request(FuseOpcode.StatFs, 8, 1));
        Worker(channel).Run();
        Assert.Empty(channel.AllSent());
        Assert.Single(_harness.Logger.Errors);
    }
}
