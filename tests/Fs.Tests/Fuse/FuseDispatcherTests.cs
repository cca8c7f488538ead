using System.Runtime.InteropServices;
using System.Text;
using MimicCxr.Fs.Fuse.Wire;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class FuseDispatcherTests
{
    private readonly SampleTree _tree = SampleTree.WithOneOfEach();
    private readonly DispatcherHarness _harness;

    public FuseDispatcherTests() => _harness = new DispatcherHarness(_tree);

    public static TheoryData<uint> WritingOperations => [4, 6, 8, 9, 10, 11, 12, 13, 16, 21, 24, 35, 43, 45, 47, 51, 53];

    private SampleNode Node(string name) => _tree.Root.Children.First(child => Encoding.UTF8.GetString(child.Name) == name);

    [Fact]
    public void Lookup_ExistingName_AnswersEntryForEver()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.Lookup, 8, 1, "hello.txt\0"u8.ToArray()));
        var file = Node("hello.txt");
        Assert.Equal(16 + 128, reply.Length);
        Assert.Equal((0, 8UL), (Packet.Error(reply), Packet.Unique(reply)));
        var entry = MemoryMarshal.Read<FuseEntryOut>(reply.AsSpan(16));
        Assert.Equal(file.Id.Value, entry.Node);
        Assert.Equal((FuseProtocol.ForEverSeconds, FuseProtocol.ForEverSeconds), (entry.EntryValid, entry.AttributesValid));
        Assert.Equal((6UL, 1UL), (entry.Attributes.Length, entry.Attributes.Blocks));
        Assert.Equal(0x8124U, entry.Attributes.Mode); // S_IFREG | 0444
        Assert.Equal((1234U, 5678U), (entry.Attributes.UserId, entry.Attributes.GroupId));
        Assert.Equal(128U * 1024, entry.Attributes.BlockSize);
        Assert.Equal(file.Id.Value + 1000, entry.Attributes.Inode);
    }

    [Fact]
    public void Lookup_MissingName_AnswersNodeZeroThatMayBeCached()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.Lookup, 8, 1, "nothing\0"u8.ToArray()));
        Assert.Equal(0, Packet.Error(reply));
        Assert.Equal(0UL, Packet.UInt64(reply, 0));
        Assert.Equal(FuseProtocol.ForEverSeconds, Packet.UInt64(reply, 16));
    }

    [Fact]
    public void Lookup_UnknownSize_AttributesAreNotValid()
    {
        Node("hello.txt").HoldSize();
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.Lookup, 8, 1, "hello.txt\0"u8.ToArray()));
        var entry = MemoryMarshal.Read<FuseEntryOut>(reply.AsSpan(16));
        Assert.Equal((FuseProtocol.ForEverSeconds, 0UL, 0UL), (entry.EntryValid, entry.AttributesValid, entry.Attributes.Length));
    }

    [Fact]
    public void GetAttributes_Directory_HasSmallBlocks()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.GetAttributes, 8, 1, new byte[16]));
        Assert.Equal(16 + 104, reply.Length);
        var attributes = MemoryMarshal.Read<FuseAttrOut>(reply.AsSpan(16)).Attributes;
        Assert.Equal(0x416DU, attributes.Mode); // S_IFDIR | 0555
        Assert.Equal(4096U, attributes.BlockSize);
    }

    [Fact]
    public void GetAttributes_UnknownNode_IsNoEntry() =>
        AssertError(Errno.NoEntry, Packet.Request(FuseOpcode.GetAttributes, 8, 999, new byte[16]));

    [Fact]
    public void ReadLink_Link_AnswersTarget()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.ReadLink, 8, Node("link").Id.Value));
        Assert.Equal("folder/inner.txt"u8, reply.AsSpan(16));
    }

    [Fact]
    public void ReadLink_File_IsInvalid() =>
        AssertError(Errno.InvalidArgument, Packet.Request(FuseOpcode.ReadLink, 8, Node("hello.txt").Id.Value));

    [Fact]
    public void Read_Resident_AnswersBytesOfTheRange()
    {
        var reply = _harness.Dispatch(Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 1, 3));
        Assert.Equal("ell"u8, reply.AsSpan(16));
        Assert.Equal((1L, 3L), (_harness.Counters.Reads, _harness.Counters.BytesRead));
    }

    [Fact]
    public void Read_PastTheEnd_AnswersNothing()
    {
        var reply = _harness.Dispatch(Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 100, 4096));
        Assert.Equal((16, 0), (reply.Length, Packet.Error(reply)));
    }

    [Fact]
    public void Read_LongerThanAgreed_IsInvalid() =>
        AssertError(Errno.InvalidArgument, Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 0, 1024 * 1024 + 1));

    [Fact]
    public void Read_OffsetBeyondFiles_IsInvalid() =>
        AssertError(Errno.InvalidArgument, Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, ulong.MaxValue, 1));

    [Fact]
    public void Read_TreeFails_AnswersItsErrno()
    {
        Node("hello.txt").ReadError = Errno.AccessDenied;
        AssertError(Errno.AccessDenied, Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 0, 10));
    }

    [Fact]
    public void Read_TreeThrowsFsException_AnswersItsErrnoSilently()
    {
        Node("hello.txt").Throws = new FsException(Errno.TimedOut, "slow");
        AssertError(Errno.TimedOut, Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 0, 10));
        Assert.Empty(_harness.Logger.All);
    }

    [Fact]
    public void Read_TreeThrowsAnythingElse_AnswersIoErrorAndLogsOneLineWithoutTheMessage()
    {
        Node("hello.txt").Throws = new InvalidOperationException("secret path");
        AssertError(Errno.InputOutput, Packet.Read(FuseOpcode.Read, 8, Node("hello.txt").Id.Value, 0, 10));
        var line = Assert.Single(_harness.Logger.All);
        Assert.Contains(nameof(InvalidOperationException), line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        Assert.Equal(1, _harness.Counters.Errors);
    }

    [Theory]
    [InlineData(true, Errno.NotImplemented)]
    [InlineData(false, Errno.None)]
    public void Open_ByMode_IsLeftToTheKernelOrKept(bool noOpen, Errno expected)
    {
        var harness = new DispatcherHarness(_tree, noOpen);
        foreach (var opcode in new[] { FuseOpcode.Open, FuseOpcode.OpenDirectory })
        {
            // Twice: the opens that race before ENOSYS sticks get the same answer.
            for (var i = 0; i < 2; i++)
            {
                var reply = harness.Dispatch(Packet.Request(opcode, 8, 1, new byte[8]));
                Assert.Equal(-(int)expected, Packet.Error(reply));
                if (expected == Errno.None)
                {
                    Assert.NotEqual(0U, BitConverter.ToUInt32(reply, 16 + 8) & 2); // FOPEN_KEEP_CACHE
                }
            }
        }
    }

    [Theory]
    [InlineData(0x1)] // O_WRONLY
    [InlineData(0x2)] // O_RDWR
    [InlineData(0x200)] // O_TRUNC
    public void Open_ForWriting_IsReadOnly(int flags) => AssertError(
        Errno.ReadOnlyFileSystem,
        Packet.Request(FuseOpcode.Open, 8, Node("hello.txt").Id.Value, [.. BitConverter.GetBytes(flags), 0, 0, 0, 0]));

    [Theory]
    [MemberData(nameof(WritingOperations))]
    public void Dispatch_EveryWritingOperation_IsReadOnly(uint opcode) =>
        AssertError(Errno.ReadOnlyFileSystem, Packet.Request((FuseOpcode)opcode, 8, 1, new byte[128]));

    [Theory]
    [InlineData(20)] // FSYNC
    [InlineData(22)] // GETXATTR
    [InlineData(23)] // LISTXATTR
    [InlineData(25)] // FLUSH
    [InlineData(26)] // a second INIT
    [InlineData(34)] // ACCESS
    [InlineData(52)] // STATX
    [InlineData(54)]
    [InlineData(4096)]
    [InlineData(uint.MaxValue)]
    public void Dispatch_OperationWithoutRow_IsNotImplemented(uint opcode) =>
        AssertError(Errno.NotImplemented, Packet.Request((FuseOpcode)opcode, 8, 1, new byte[128]));

    [Theory]
    [InlineData(2)] // FORGET
    [InlineData(42)] // BATCH_FORGET
    public void Dispatch_OperationWithoutReply_IsSilent(uint opcode)
    {
        Assert.Empty(_harness.Dispatch(Packet.Request((FuseOpcode)opcode, 8, 1, new byte[16])));
        Assert.Empty(_harness.Dispatch(Packet.Request((FuseOpcode)opcode, 8, 1)));
    }

    [Theory]
    [InlineData(18)] // RELEASE
    [InlineData(29)] // RELEASEDIR
    [InlineData(38)] // DESTROY
    public void Dispatch_NothingToGiveBack_IsDone(uint opcode) =>
        AssertError(Errno.None, Packet.Request((FuseOpcode)opcode, 8, 1, new byte[24]));

    [Theory]
    [InlineData(1, 1)] // LOOKUP
    [InlineData(3, 15)] // GETATTR
    [InlineData(14, 7)] // OPEN
    [InlineData(15, 39)] // READ
    [InlineData(28, 39)] // READDIR
    [InlineData(36, 7)] // INTERRUPT
    [InlineData(44, 39)] // READDIRPLUS
    public void Dispatch_BodyTooShort_IsInvalid(uint opcode, int bodyBytes) =>
        AssertError(Errno.InvalidArgument, Packet.Request((FuseOpcode)opcode, 8, 1, new byte[bodyBytes]));

    [Fact]
    public void Dispatch_LengthInHeaderIsWrong_IsIoErrorWithItsUnique()
    {
        var packet = Packet.Request(FuseOpcode.GetAttributes, 8, 1, new byte[16]);
        packet[0]++;
        AssertError(Errno.InputOutput, packet);
        Assert.Single(_harness.Logger.Errors);
    }

    [Fact]
    public void Dispatch_ShorterThanAHeader_IsSilent() => Assert.Empty(_harness.Dispatch(new byte[39]));

    [Fact]
    public void Dispatch_ResentRequest_IsAnsweredWithItsTopBit()
    {
        var unique = (1UL << 63) | 8;
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.GetAttributes, unique, 1, new byte[16]));
        Assert.Equal((0, unique), (Packet.Error(reply), Packet.Unique(reply)));
    }

    [Fact]
    public void RefuseAll_FromThenOn_AsksTheTreeNothing()
    {
        _harness.Dispatcher.RefuseAll();
        AssertError(Errno.ConnectionAborted, Packet.Request(FuseOpcode.Lookup, 8, 1, "hello.txt\0"u8.ToArray()));
        Assert.Equal(0, _tree.Root.Lookups);
        Assert.Empty(_harness.Dispatch(Packet.Request(FuseOpcode.Forget, 8, 1, new byte[8])));
    }

    [Fact]
    public void StatFs_Always_AnswersTheTreesNumbers()
    {
        var reply = _harness.Dispatch(Packet.Request(FuseOpcode.StatFs, 8, 1));
        var answer = MemoryMarshal.Read<FuseStatFsOut>(reply.AsSpan(16));
        Assert.Equal((6UL, 1_000_000_000UL / 4096), (answer.Files, answer.Blocks));
        Assert.Equal((4096U, 4096U, 255U), (answer.BlockSize, answer.FragmentSize, answer.MaxNameLength));
    }

    [Theory]
    [InlineData(28)]
    [InlineData(44)]
    public void ReadDirectory_InSmallPieces_ListsEachNameOnce(uint opcode)
    {
        var plus = opcode == 44;
        var names = new List<string>();
        ulong position = 0;
        while (true)
        {
            var reply = _harness.Dispatch(Packet.Read((FuseOpcode)opcode, 8, 1, position, 400));
            Assert.Equal(0, Packet.Error(reply));
            var rest = reply.AsSpan(16);
            if (rest.IsEmpty)
            {
                break;
            }

            while (!rest.IsEmpty)
            {
                var dirent = rest[(plus ? 128 : 0)..];
                var length = (int)BitConverter.ToUInt32(dirent[16..]);
                names.Add(Encoding.UTF8.GetString(dirent.Slice(24, length)));
                Assert.True(BitConverter.ToUInt64(dirent[8..]) > position);
                position = BitConverter.ToUInt64(dirent[8..]);
                if (plus)
                {
                    Assert.Equal(names[^1] is "." or "..", BitConverter.ToUInt64(rest) == 0);
                }

                rest = rest[((plus ? 128 : 0) + ((24 + length + 7) & ~7))..];
            }
        }

        Assert.Equal([".", "..", "folder", "hello.txt", "empty", "link"], names);
    }

    [Fact]
    public void ReadDirectory_OfAFile_IsNotDirectory() =>
        AssertError(Errno.NotDirectory, Packet.Read(FuseOpcode.ReadDirectory, 8, Node("hello.txt").Id.Value, 0, 4096));

    private void AssertError(Errno expected, byte[] packet)
    {
        var reply = _harness.Dispatch(packet);
        Assert.Equal(16, reply.Length);
        Assert.Equal(16U, BitConverter.ToUInt32(reply));
        Assert.Equal(-(int)expected, Packet.Error(reply));
        Assert.Equal(8UL, Packet.Unique(reply));
    }
}
