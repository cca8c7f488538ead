namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>Attributes of a tree to those of the protocol, and back.</summary>
internal static class AttributeCoding
{
    // st_mode, linux/stat.h.
    private const uint TypeMask = 0xF000;
    private const uint DirectoryMode = 0x4000;
    private const uint FileMode = 0x8000;
    private const uint LinkMode = 0xA000;

    // With 1 MiB, glibc asks for 1 MiB a READDIR and find takes three times as long.
    private const uint DirectoryBlockSize = 4096;

    // What cp, cat and Python read at a time: the kernel's default read-ahead, thus one READ.
    private const uint FileBlockSize = 128 * 1024;

    /// <summary>Seconds the kernel may keep the attributes: none while the size is unknown.</summary>
    public static ulong Validity(in NodeAttributes attributes) =>
        attributes.Size == NodeAttributes.UnknownSize ? 0 : FuseProtocol.ForEverSeconds;

    public static FuseAttr ToWire(in NodeAttributes attributes, FileOwner owner)
    {
        // An unknown size is shown as 0 with validity 0: the kernel then asks GETATTR before it reads.
        var size = attributes.Size == NodeAttributes.UnknownSize ? 0UL : (ulong)attributes.Size;
        var time = (ulong)attributes.ModifiedUnixSeconds;
        return new FuseAttr
        {
            Inode = attributes.Inode,
            Length = size,
            Blocks = (size / 512) + (size % 512 == 0 ? 0UL : 1UL),
            AccessTime = time,
            ModificationTime = time,
            ChangeTime = time,
            Mode = attributes.Kind switch
            {
                NodeKind.Directory => DirectoryMode | 0x16D, // 0555
                NodeKind.SymbolicLink => LinkMode | 0x1FF, // 0777
                _ => FileMode | 0x124, // 0444
            },
            LinkCount = (uint)attributes.LinkCount,
            UserId = owner.UserId,
            GroupId = owner.GroupId,
            BlockSize = attributes.Kind == NodeKind.Directory ? DirectoryBlockSize : FileBlockSize,
        };
    }

    public static FuseEntryOut ToEntry(in NodeAttributes attributes, FileOwner owner) => new()
    {
        Node = attributes.Node.Value,
        EntryValid = FuseProtocol.ForEverSeconds,
        AttributesValid = Validity(in attributes),
        Attributes = ToWire(in attributes, owner),
    };

    public static FuseAttrOut ToAnswer(in NodeAttributes attributes, FileOwner owner) => new()
    {
        AttributesValid = Validity(in attributes),
        Attributes = ToWire(in attributes, owner),
    };

    public static NodeAttributes FromEntry(in FuseEntryOut entry) => new()
    {
        Node = new NodeId(entry.Node),
        Inode = entry.Attributes.Inode,
        Kind = (entry.Attributes.Mode & TypeMask) switch
        {
            DirectoryMode => NodeKind.Directory,
            LinkMode => NodeKind.SymbolicLink,
            _ => NodeKind.File,
        },
        Size = entry.AttributesValid == 0 ? NodeAttributes.UnknownSize : (long)entry.Attributes.Length,
        ModifiedUnixSeconds = (long)entry.Attributes.ModificationTime,
        LinkCount = (int)entry.Attributes.LinkCount,
    };

    /// <summary>DT_* of dirent.h: the file type bits of st_mode, shifted.</summary>
    public static uint DirentType(NodeKind kind) => kind switch
    {
        NodeKind.Directory => DirectoryMode >> 12,
        NodeKind.SymbolicLink => LinkMode >> 12,
        _ => FileMode >> 12,
    };
}
