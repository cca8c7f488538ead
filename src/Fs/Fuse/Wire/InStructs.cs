using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse.Wire;

// Messages from the kernel, include/uapi/linux/fuse.h. Fields that are not used here are left out; offsets and
// sizes are the kernel's.

/// <summary>struct fuse_in_header: before every request.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInHeader
{
    public const int Size = 40;

    [field: FieldOffset(0)] public uint Length { get; init; } // len: of the whole request

    [field: FieldOffset(4)] public FuseOpcode Opcode { get; init; } // opcode

    [field: FieldOffset(8)] public ulong Unique { get; init; } // unique

    [field: FieldOffset(16)] public ulong Node { get; init; } // nodeid

    [field: FieldOffset(24)] public uint UserId { get; init; } // uid

    [field: FieldOffset(28)] public uint GroupId { get; init; } // gid

    [field: FieldOffset(32)] public uint ProcessId { get; init; } // pid
}

/// <summary>struct fuse_init_in, with the part that INIT_EXT added in 7.36.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInitIn
{
    public const int Size = 64;

    /// <summary>Up to and with <c>flags</c>: what kernels before 7.36 send.</summary>
    public const int OldSize = 16;

    [field: FieldOffset(0)] public uint Major { get; init; } // major

    [field: FieldOffset(4)] public uint Minor { get; init; } // minor

    [field: FieldOffset(8)] public uint MaxReadAhead { get; init; } // max_readahead

    [field: FieldOffset(12)] public uint Flags { get; init; } // flags

    [field: FieldOffset(16)] public uint Flags2 { get; init; } // flags2
}

/// <summary>struct fuse_getattr_in.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseGetAttributesIn
{
    public const int Size = 16;

    [field: FieldOffset(0)] public uint Flags { get; init; } // getattr_flags

    [field: FieldOffset(8)] public ulong Handle { get; init; } // fh
}

/// <summary>struct fuse_open_in, of OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseOpenIn
{
    public const int Size = 8;

    [field: FieldOffset(0)] public uint Flags { get; init; } // flags: those of open(2)
}

/// <summary>struct fuse_read_in, of READ, READDIR and READDIRPLUS.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseReadIn
{
    public const int Size = 40;

    [field: FieldOffset(0)] public ulong Handle { get; init; } // fh

    [field: FieldOffset(8)] public ulong Offset { get; init; } // offset

    [field: FieldOffset(16)] public uint Length { get; init; } // size

    [field: FieldOffset(20)] public uint ReadFlags { get; init; } // read_flags
}

/// <summary>struct fuse_interrupt_in.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal readonly struct FuseInterruptIn
{
    public const int Size = 8;

    [field: FieldOffset(0)] public ulong Unique { get; init; } // unique: of the request to interrupt
}
