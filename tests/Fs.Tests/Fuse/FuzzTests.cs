using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

/// <summary>Bytes that no kernel would send: nothing may be thrown, and a reply is well-formed or absent.</summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Dispatch_RandomBytes_NeverThrows(int seed)
    {
        var random = new Random(seed);
        var harness = new DispatcherHarness(SampleTree.WithOneOfEach());
        var packet = new byte[512];
        for (var i = 0; i < 50_000; i++)
        {
            random.NextBytes(packet);
            Check(harness, packet.AsSpan(0, random.Next(packet.Length)));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Dispatch_ValidHeaderAndRandomBody_NeverThrows(int seed)
    {
        var random = new Random(seed);
        var tree = SampleTree.WithOneOfEach();
        tree.AddFile(tree.Root, "slow", SampleTree.Bytes(100, 1)).HoldBytes();
        tree.AddFile(tree.Root, "unknown", SampleTree.Bytes(100, 1)).HoldSize();
        var harness = new DispatcherHarness(tree);
        for (var i = 0; i < 50_000; i++)
        {
            var body = new byte[random.Next(0, 96)];
            random.NextBytes(body);

            // Mostly zeros as often as not: small numbers get further than large ones.
            if (random.Next(2) == 0)
            {
                body.AsSpan(random.Next(body.Length + 1)..).Clear();
            }

            var packet = Packet.Request((FuseOpcode)random.Next(0, 60), (ulong)i * 2, (ulong)random.Next(0, 12), body);
            Check(harness, packet);
        }

        harness.InFlight.Close(Errno.ConnectionAborted);
        Assert.Equal(0, harness.Counters.ParkedNow);
    }

    private static void Check(DispatcherHarness harness, ReadOnlySpan<byte> packet)
    {
        var reply = harness.DispatchSpan(packet);
        if (!reply.IsEmpty)
        {
            Assert.Equal((uint)reply.Length, BitConverter.ToUInt32(reply));
            Assert.InRange(Packet.Error(reply), -511, 0);
            Assert.Equal(BitConverter.ToUInt64(packet[8..]), Packet.Unique(reply));
        }
    }
}
