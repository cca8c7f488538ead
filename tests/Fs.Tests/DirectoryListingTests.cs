using System.Text;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests;

public sealed class DirectoryListingTests
{
    private static NodeAttributes File(ulong node, long size) => new()
    {
        Node = new NodeId(node),
        Inode = node + 7,
        Kind = NodeKind.File,
        Size = size,
        ModifiedUnixSeconds = 12345,
        LinkCount = 1,
    };

    [Fact]
    public void Read_AfterAdding_GivesTheEntriesBack()
    {
        var listing = new DirectoryListing(new byte[4096]);
        NodeAttributes[] added =
        [
            File(2, 100),
            File(3, NodeAttributes.UnknownSize),
            File(4, 0) with { Kind = NodeKind.Directory, LinkCount = 9 },
            File(5, 3) with { Kind = NodeKind.SymbolicLink },
        ];
        for (var i = 0; i < added.Length; i++)
        {
            Assert.True(listing.TryAdd(Encoding.UTF8.GetBytes("name" + i), added[i], (ulong)i + 1));
        }

        var reader = listing.Read();
        for (var i = 0; i < added.Length; i++)
        {
            Assert.True(reader.TryRead(out var name, out var attributes, out var next));
            Assert.Equal("name" + i, Encoding.UTF8.GetString(name));
            Assert.Equal(added[i], attributes);
            Assert.Equal((ulong)i + 1, next);
        }

        Assert.False(reader.TryRead(out _, out _, out _));
    }

    [Fact]
    public void TryAdd_Full_TakesNoShorterNameEither()
    {
        // A shorter name that still fits would otherwise be listed and the longer one left out.
        var listing = new DirectoryListing(new byte[152 + 8 + 152 + 8]);
        Assert.True(listing.TryAdd("a"u8, File(2, 1), 1));
        Assert.False(listing.TryAdd("a name that is too long"u8, File(3, 1), 2));
        Assert.True(listing.IsFull);
        Assert.False(listing.TryAdd("b"u8, File(4, 1), 3));
        Assert.Equal(160, listing.BytesWritten);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void TryAdd_NameTheKernelRefuses_Throws(string name) => Assert.Throws<ArgumentException>(() =>
    {
        var listing = new DirectoryListing(new byte[4096]);
        listing.TryAdd(Encoding.UTF8.GetBytes(name), File(2, 1), 1);
    });

    [Fact]
    public void TryAdd_WithoutAttributes_WritesFuseDirent()
    {
        var buffer = new byte[64];
        var listing = new DirectoryListing(buffer, withAttributes: false, firstPosition: 2, default);
        Assert.True(listing.TryAdd("abc"u8, File(2, 1), 5));
        Assert.Equal(
            Packet.FromHex("0900000000000000 0700000000000000 03000000 08000000 616263 0000000000"),
            buffer[..listing.BytesWritten]);
    }

    [Fact]
    public void TryAdd_UnknownSize_HasNoAttributeValidity()
    {
        var buffer = new byte[256];
        var listing = new DirectoryListing(buffer, withAttributes: true, firstPosition: 2, new FileOwner(1, 2));
        Assert.True(listing.TryAdd("a"u8, File(2, NodeAttributes.UnknownSize), 1));
        Assert.Equal(FuseProtocol.ForEverSeconds, BitConverter.ToUInt64(buffer, 16));
        Assert.Equal(0UL, BitConverter.ToUInt64(buffer, 24));
        Assert.Equal(0UL, BitConverter.ToUInt64(buffer, 40 + 8));
    }
}
