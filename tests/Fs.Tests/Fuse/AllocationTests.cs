using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

/// <summary>What every file of a data set goes through a million times must leave no garbage.</summary>
public sealed class AllocationTests
{
    private const int Dispatches = 10_000;

    public static TheoryData<string, byte[]> HotRequests => new()
    {
        { "LOOKUP", Packet.Request(FuseOpcode.Lookup, 8, 1, "hello.txt\0"u8.ToArray()) },
        { "LOOKUP of a missing name", Packet.Request(FuseOpcode.Lookup, 8, 1, "nothing\0"u8.ToArray()) },
        { "GETATTR", Packet.Request(FuseOpcode.GetAttributes, 8, 4, new byte[16]) },
        { "READDIR", Packet.Read(FuseOpcode.ReadDirectory, 8, 1, 0, 4096) },
        { "READDIRPLUS", Packet.Read(FuseOpcode.ReadDirectoryPlus, 8, 1, 0, 4096) },
        { "READ", Packet.Read(FuseOpcode.Read, 8, 4, 0, 131072) },
        { "READLINK", Packet.Request(FuseOpcode.ReadLink, 8, 6) },
        { "OPEN", Packet.Request(FuseOpcode.Open, 8, 4, new byte[8]) },
        { "STATFS", Packet.Request(FuseOpcode.StatFs, 8, 1) },
        { "FORGET", Packet.Request(FuseOpcode.Forget, 8, 4, new byte[8]) },
        { "INTERRUPT of nothing", Packet.Interrupt(8) },
    };

    [Theory]
    [MemberData(nameof(HotRequests))]
    public void Dispatch_HotRequest_AllocatesNothing(string name, byte[] packet)
    {
        var harness = new DispatcherHarness(SampleTree.WithOneOfEach());
        // One round in many shows a little that is not of the requests (seen once: 1,656 bytes, cause not found). What
        // a request leaves shows in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Dispatches; i++)
            {
                harness.DispatchSpan(packet);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{name}: {least} bytes in {Dispatches} dispatches");
    }
}
