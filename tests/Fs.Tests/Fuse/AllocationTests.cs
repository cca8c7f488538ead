using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
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
    public void Dispatch_HotRequest_AllocatesNothing(string name, byte[] packet) =>
        AssertNoGarbage(name, new DispatcherHarness(SampleTree.WithOneOfEach()), packet);

    [Fact]
    public void Dispatch_PassthroughOpenAndRelease_AllocatesNothing() => AssertNoGarbage(
        "OPEN and RELEASE",
        new DispatcherHarness(new TreeWithOneLease(), noOpen: false, passthrough: true),
        Packet.Request(FuseOpcode.Open, 8, 4, new byte[8]),
        Packet.Request(FuseOpcode.Release, 10, 4, new byte[24]));

    private static void AssertNoGarbage(string name, DispatcherHarness harness, params byte[][] packets)
    {
        // One round in many shows a little that is not of the requests (seen once: 1,656 bytes, cause not found). What
        // a request leaves shows in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Dispatches; i++)
            {
                foreach (var packet in packets)
                {
                    harness.DispatchSpan(packet);
                }
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{name}: {least} bytes in {Dispatches} dispatches");
    }

    /// <summary>Gives the same lease again and again, as a tree that keeps its leases does.</summary>
    private sealed class TreeWithOneLease : IBackedFileTree
    {
        private static readonly Lease OneLease = new();

        public BackingResult TryGetBacking(NodeId file) => BackingResult.Leased(OneLease);

        public ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken) => throw new NotSupportedException();

        public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes) => throw new NotSupportedException();

        public bool TryGetAttributes(NodeId node, out NodeAttributes attributes) => throw new NotSupportedException();

        public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) => throw new NotSupportedException();

        public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing) => throw new NotSupportedException();

        public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target) => throw new NotSupportedException();

        public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) => throw new NotSupportedException();

        public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public TreeStatistics GetStatistics() => default;

        public void Mounted(IKernelCache kernel)
        {
        }

        private sealed class Lease : IBackingFile
        {
            public SafeHandle Handle { get; } = new SafeFileHandle(-1, ownsHandle: false);

            public void Dispose()
            {
            }
        }
    }
}
