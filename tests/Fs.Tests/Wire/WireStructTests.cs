using System.Runtime.CompilerServices;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Wire;

/// <summary>The structs against the numbers of linux/fuse.h, got with sizeof from gcc and the header of protocol 7.45.</summary>
public sealed class WireStructTests
{
    public static TheoryData<string, int, int> Sizes => new()
    {
        { "fuse_in_header", Unsafe.SizeOf<FuseInHeader>(), 40 },
        { "fuse_init_in", Unsafe.SizeOf<FuseInitIn>(), 64 },
        { "fuse_getattr_in", Unsafe.SizeOf<FuseGetAttributesIn>(), 16 },
        { "fuse_open_in", Unsafe.SizeOf<FuseOpenIn>(), 8 },
        { "fuse_read_in", Unsafe.SizeOf<FuseReadIn>(), 40 },
        { "fuse_interrupt_in", Unsafe.SizeOf<FuseInterruptIn>(), 8 },
        { "fuse_out_header", Unsafe.SizeOf<FuseOutHeader>(), 16 },
        { "fuse_init_out", Unsafe.SizeOf<FuseInitOut>(), 64 },
        { "fuse_attr", Unsafe.SizeOf<FuseAttr>(), 88 },
        { "fuse_entry_out", Unsafe.SizeOf<FuseEntryOut>(), 128 },
        { "fuse_attr_out", Unsafe.SizeOf<FuseAttrOut>(), 104 },
        { "fuse_open_out", Unsafe.SizeOf<FuseOpenOut>(), 16 },
        { "fuse_statfs_out", Unsafe.SizeOf<FuseStatFsOut>(), 80 },
        { "fuse_backing_map", Unsafe.SizeOf<FuseBackingMap>(), 16 },
        { "fuse_dirent", Unsafe.SizeOf<FuseDirent>(), 24 },
        { "fuse_notify_inval_inode_out", Unsafe.SizeOf<FuseInvalidateInodeOut>(), 24 },
        { "fuse_notify_inval_entry_out", Unsafe.SizeOf<FuseInvalidateEntryOut>(), 16 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Size_OfEachStruct_IsTheKernels(string name, int size, int expected) =>
        Assert.True(size == expected, $"{name} has {size} bytes, the kernel's {expected}");

    [Fact]
    public void FuseAttr_Written_HasTheKernelsLayout() => Assert.Equal(
        Packet.FromHex("""
            0100000000000000 0200000000000000 0300000000000000
            0400000000000000 0500000000000000 0600000000000000
            00000000 00000000 00000000
            07000000 08000000 09000000 0a000000 00000000 0b000000 00000000
            """),
        Packet.Of(new FuseAttr
        {
            Inode = 1,
            Length = 2,
            Blocks = 3,
            AccessTime = 4,
            ModificationTime = 5,
            ChangeTime = 6,
            Mode = 7,
            LinkCount = 8,
            UserId = 9,
            GroupId = 10,
            BlockSize = 11,
        }));

    [Fact]
    public void FuseInitOut_Written_HasTheKernelsLayout() => Assert.Equal(
        Packet.FromHex("""
            07000000 2d000000 03000000 04000000 0500 0600 07000000 08000000 0900 0000 0a000000
            00000000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000
            """),
        Packet.Of(new FuseInitOut
        {
            Major = 7,
            Minor = 45,
            MaxReadAhead = 3,
            Flags = 4,
            MaxBackground = 5,
            CongestionThreshold = 6,
            MaxWrite = 7,
            TimeGranularity = 8,
            MaxPages = 9,
            Flags2 = 10,
        }));

    [Fact]
    public void FuseEntryOut_Written_HasTheKernelsLayout()
    {
        var entry = Packet.Of(new FuseEntryOut
        {
            Node = 1,
            EntryValid = 2,
            AttributesValid = 3,
            Attributes = new FuseAttr { Inode = 4 },
        });
        Assert.Equal(
            Packet.FromHex("0100000000000000 0000000000000000 0200000000000000 0300000000000000 00000000 00000000 0400000000000000"),
            entry[..48]);
        Assert.All(entry[48..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void RequestReader_Parsed_ReadsTheHeaderByTheKernelsLayout()
    {
        // LOOKUP of "ab" in node 0x11 by uid 3, gid 4, pid 5.
        var packet = Packet.FromHex("2b000000 01000000 2200000000000000 1100000000000000 03000000 04000000 05000000 00000000 616200");
        Assert.True(RequestReader.TryParse(packet, out var request));
        Assert.Equal(FuseOpcode.Lookup, request.Header.Opcode);
        Assert.Equal(0x22UL, request.Header.Unique);
        Assert.Equal(new NodeId(0x11), request.Node);
        Assert.Equal((3U, 4U, 5U), (request.Header.UserId, request.Header.GroupId, request.Header.ProcessId));
        Assert.True(request.TryReadName(out var name));
        Assert.Equal("ab"u8, name);
    }

    [Fact]
    public void RequestReader_TruncatedAnywhere_IsRefused()
    {
        var packet = Packet.Request(FuseOpcode.Lookup, 2, 1, "name\0"u8.ToArray());
        for (var length = 0; length < packet.Length; length++)
        {
            Assert.False(RequestReader.TryParse(packet.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("6162")]
    [InlineData("61006200")]
    public void TryReadName_NotOneTerminatedName_IsRefused(string hex)
    {
        Assert.True(RequestReader.TryParse(Packet.Request(FuseOpcode.Lookup, 2, 1, Packet.FromHex(hex)), out var request));
        Assert.False(request.TryReadName(out _));
    }
}
