using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse.Wire;

// Messages to the kernel, include/uapi/linux/fuse.h. Padding and spare fields stay zero.

/// <summary>struct fuse_out_header: before every reply and notification.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseOutHeader
{
    public const int Size = 16;

    [field: FieldOffset(0)] public uint Length { get; init; } // len: with this header

    [field: FieldOffset(4)] public int Error { get; init; } // error: minus errno; a notification's code when unique is 0

    [field: FieldOffset(8)] public ulong Unique { get; init; } // unique
}

/// <summary>struct fuse_init_out.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInitOut
{
    public const int Size = 64;

    [field: FieldOffset(0)] public uint Major { get; init; } // major

    [field: FieldOffset(4)] public uint Minor { get; init; } // minor

    [field: FieldOffset(8)] public uint MaxReadAhead { get; init; } // max_readahead

    [field: FieldOffset(12)] public uint Flags { get; init; } // flags

    [field: FieldOffset(16)] public ushort MaxBackground { get; init; } // max_background

    [field: FieldOffset(18)] public ushort CongestionThreshold { get; init; } // congestion_threshold

    [field: FieldOffset(20)] public uint MaxWrite { get; init; } // max_write

    [field: FieldOffset(24)] public uint TimeGranularity { get; init; } // time_gran, nanoseconds

    [field: FieldOffset(28)] public ushort MaxPages { get; init; } // max_pages

    [field: FieldOffset(32)] public uint Flags2 { get; init; } // flags2

    [field: FieldOffset(36)] public uint MaxStackDepth { get; init; } // max_stack_depth
}

/// <summary>struct fuse_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseAttr
{
    public const int Size = 88;

    [field: FieldOffset(0)] public ulong Inode { get; init; } // ino

    [field: FieldOffset(8)] public ulong Length { get; init; } // size

    [field: FieldOffset(16)] public ulong Blocks { get; init; } // blocks, of 512 bytes

    [field: FieldOffset(24)] public ulong AccessTime { get; init; } // atime

    [field: FieldOffset(32)] public ulong ModificationTime { get; init; } // mtime

    [field: FieldOffset(40)] public ulong ChangeTime { get; init; } // ctime

    [field: FieldOffset(60)] public uint Mode { get; init; } // mode

    [field: FieldOffset(64)] public uint LinkCount { get; init; } // nlink

    [field: FieldOffset(68)] public uint UserId { get; init; } // uid

    [field: FieldOffset(72)] public uint GroupId { get; init; } // gid

    [field: FieldOffset(80)] public uint BlockSize { get; init; } // blksize
}

/// <summary>struct fuse_entry_out: the answer to LOOKUP, and the head of a READDIRPLUS entry.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseEntryOut
{
    public const int Size = 128;

    [field: FieldOffset(0)] public ulong Node { get; init; } // nodeid: 0 for "there is no such name"

    [field: FieldOffset(16)] public ulong EntryValid { get; init; } // entry_valid, seconds

    [field: FieldOffset(24)] public ulong AttributesValid { get; init; } // attr_valid, seconds

    [field: FieldOffset(40)] public FuseAttr Attributes { get; init; } // attr
}

/// <summary>struct fuse_attr_out: the answer to GETATTR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseAttrOut
{
    public const int Size = 104;

    [field: FieldOffset(0)] public ulong AttributesValid { get; init; } // attr_valid, seconds

    [field: FieldOffset(16)] public FuseAttr Attributes { get; init; } // attr
}

/// <summary>struct fuse_open_out: the answer to OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseOpenOut
{
    public const int Size = 16;

    [field: FieldOffset(0)] public ulong Handle { get; init; } // fh

    [field: FieldOffset(8)] public OpenFlags Flags { get; init; } // open_flags

    [field: FieldOffset(12)] public int BackingId { get; init; } // backing_id, of passthrough
}

/// <summary>struct fuse_kstatfs: the answer to STATFS.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseStatFsOut
{
    public const int Size = 80;

    [field: FieldOffset(0)] public ulong Blocks { get; init; } // blocks, of frsize

    [field: FieldOffset(24)] public ulong Files { get; init; } // files

    [field: FieldOffset(40)] public uint BlockSize { get; init; } // bsize

    [field: FieldOffset(44)] public uint MaxNameLength { get; init; } // namelen

    [field: FieldOffset(48)] public uint FragmentSize { get; init; } // frsize
}

/// <summary>struct fuse_dirent, without the name that follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseDirent
{
    public const int Size = 24;

    [field: FieldOffset(0)] public ulong Inode { get; init; } // ino

    [field: FieldOffset(8)] public ulong Next { get; init; } // off: where the entry after this one is

    [field: FieldOffset(16)] public uint NameLength { get; init; } // namelen

    [field: FieldOffset(20)] public uint Type { get; init; } // type: DT_*
}

/// <summary>struct fuse_notify_inval_inode_out.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInvalidateInodeOut
{
    public const int Size = 24;

    [field: FieldOffset(0)] public ulong Node { get; init; } // ino: the nodeid, in spite of its name

    [field: FieldOffset(8)] public long Offset { get; init; } // off

    [field: FieldOffset(16)] public long Length { get; init; } // len: 0 for all that follows
}

/// <summary>struct fuse_notify_inval_entry_out, without the name and its NUL that follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInvalidateEntryOut
{
    public const int Size = 16;

    [field: FieldOffset(0)] public ulong Parent { get; init; } // parent

    [field: FieldOffset(8)] public uint NameLength { get; init; } // namelen
}

/// <summary>struct fuse_backing_map, of FUSE_DEV_IOC_BACKING_OPEN.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseBackingMap
{
    public const int Size = 16;

    [field: FieldOffset(0)] public int Descriptor { get; init; } // fd
}
