using System.Buffers.Binary;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class HandshakeTests
{
    private const uint NoOpenBits = (1u << 17) | (1u << 24);

    private static byte[] Init(uint major, uint minor, ulong flags, int bodyBytes = 64)
    {
        var body = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(body, major);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), minor);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), 131072);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), (uint)flags);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(16), (uint)(flags >> 32));
        return Packet.Request(FuseOpcode.Init, 2, 0, body[..bodyBytes]);
    }

    private static FuseInitOut Answer(byte[] packet, FuseMountOptions options, out NegotiatedProtocol? protocol, ReadMode mode = ReadMode.PageCache)
    {
        var answer = Handshake.Answer(packet, options, mode, new ReplyBuffer(FuseInitOut.Size), out protocol);
        Assert.Equal(80, answer.Length);
        Assert.Equal(0, Packet.Error(answer));
        Assert.Equal(2UL, Packet.Unique(answer));
        return System.Runtime.InteropServices.MemoryMarshal.Read<FuseInitOut>(answer[16..]);
    }

    [Fact]
    public void Answer_KernelOffersAll_TakesWhatIsWanted()
    {
        var init = Answer(Init(7, 45, ulong.MaxValue), new FuseMountOptions(), out var protocol);
        Assert.Equal((7U, 45U), (init.Major, init.Minor));

        // ASYNC_READ, DO_READDIRPLUS, NO_OPEN, PARALLEL_DIROPS, MAX_PAGES, CACHE_SYMLINKS, NO_OPENDIR,
        // EXPLICIT_INVAL_DATA, INIT_EXT; not READDIRPLUS_AUTO. HAS_RESEND in flags2.
        Assert.Equal((1U << 0) | (1U << 13) | (1U << 17) | (1U << 18) | (1U << 22) | (1U << 23) | (1U << 24) | (1U << 25) | (1U << 30), init.Flags);
        Assert.Equal(1U << 7, init.Flags2);
        Assert.Equal((256, 192), (init.MaxBackground, init.CongestionThreshold));
        Assert.Equal(1024U * 1024, init.MaxReadAhead);
        Assert.Equal(1024 * 1024 / Environment.SystemPageSize, init.MaxPages);
        Assert.Equal(new NegotiatedProtocol(45, true, true, true, false), protocol);
    }

    [Fact]
    public void Answer_PlainMode_LeavesOpenToUs()
    {
        var init = Answer(Init(7, 45, ulong.MaxValue), new FuseMountOptions(), out var protocol, ReadMode.Plain);
        Assert.Equal(0U, init.Flags & NoOpenBits);
        Assert.Equal(new NegotiatedProtocol(45, false, false, true, false), protocol);
    }

    [Fact]
    public void Answer_PassthroughMode_AsksForItAndForNoOpenToFallBackTo()
    {
        var init = Answer(Init(7, 45, ulong.MaxValue), new FuseMountOptions(), out var protocol, ReadMode.Passthrough);
        Assert.Equal(1U << 5, init.Flags2 & (1U << 5)); // FUSE_PASSTHROUGH, bit 37
        Assert.Equal(NoOpenBits, init.Flags & NoOpenBits);
        Assert.Equal(2U, init.MaxStackDepth); // without it the kernel ignores the flag
        Assert.Equal(new NegotiatedProtocol(45, true, true, true, true), protocol);
    }

    [Fact]
    public void Answer_PassthroughModeOnAKernelWithout_DoesNotClaimIt()
    {
        var init = Answer(Init(7, 39, ulong.MaxValue & ~(1UL << 37)), new FuseMountOptions(), out var protocol, ReadMode.Passthrough);
        Assert.Equal(0U, init.MaxStackDepth);
        Assert.False(protocol!.Passthrough);
    }

    [Fact]
    public void Answer_OldKernel_GetsItsMinorAndNothingItDidNotOffer()
    {
        var init = Answer(Init(7, 31, 1, bodyBytes: 16), new FuseMountOptions(), out var protocol);
        Assert.Equal(31U, init.Minor);
        Assert.Equal((1U, 0U), (init.Flags, init.Flags2));
        Assert.Equal(new NegotiatedProtocol(31, false, false, false, false), protocol);
    }

    [Fact]
    public void Answer_NewerMajor_AsksForInitAgain()
    {
        var init = Answer(Init(8, 1, 0), new FuseMountOptions(), out var protocol);
        Assert.Equal(7U, init.Major);
        Assert.Null(protocol);
    }

    [Theory]
    [InlineData(6, 99)]
    [InlineData(7, 30)]
    public void Answer_TooOld_Throws(uint major, uint minor)
    {
        var exception = Assert.Throws<FuseMountException>(() => Answer(Init(major, minor, 0), new FuseMountOptions(), out _));
        Assert.Equal(FuseMountError.ProtocolMismatch, exception.Reason);
    }

    [Fact]
    public void Run_FirstRequestIsNoInit_Throws()
    {
        var channel = new RecordingChannel();
        channel.Enqueue(Packet.Request(FuseOpcode.Lookup, 2, 1, "a\0"u8.ToArray()));
        Assert.Throws<FuseMountException>(() => Handshake.Run(channel, new FuseMountOptions(), ReadMode.PageCache));
        Assert.Empty(channel.AllSent());
    }

    [Fact]
    public void Run_TruncatedInit_Throws()
    {
        var channel = new RecordingChannel();
        channel.Enqueue(Init(7, 45, 0, bodyBytes: 12));
        Assert.Throws<FuseMountException>(() => Handshake.Run(channel, new FuseMountOptions(), ReadMode.PageCache));
    }

    [Fact]
    public void Run_NewerMajorThenASignalThenOurs_Agrees()
    {
        var channel = new RecordingChannel { ReadError = Errno.Interrupted };
        channel.Enqueue(Init(8, 0, 0));
        channel.Enqueue([]);
        channel.Enqueue(Init(7, 45, ulong.MaxValue));
        Assert.Equal(45U, Handshake.Run(channel, new FuseMountOptions(), ReadMode.PageCache).Minor);
        Assert.Equal(2, channel.AllSent().Count);
    }
}
