namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>Numbers of linux/fuse.h and of this session that belong to no single message.</summary>
internal static class FuseProtocol
{
    /// <summary>FUSE_KERNEL_VERSION.</summary>
    public const uint Major = 7;

    /// <summary>The newest minor version this code was read against.</summary>
    public const uint Minor = 45;

    /// <summary>The oldest minor version spoken (Linux 5.4): it has every flag the read path rests on.</summary>
    public const uint OldestMinor = 31;

    /// <summary>Largest READ: max_pages (256 pages of 4 KiB) says the same to the kernel.</summary>
    public const int MaxReadBytes = 1024 * 1024;

    /// <summary>
    /// Buffer for one request. The kernel refuses less than 8192 (FUSE_MIN_READ_BUFFER); more lets it send
    /// more forgotten nodes in one BATCH_FORGET and names of any length it allows.
    /// </summary>
    public const int RequestBufferBytes = 64 * 1024;

    /// <summary>Nothing is ever written, so the smallest value the kernel accepts.</summary>
    public const uint MaxWriteBytes = 4096;

    /// <summary>
    /// Seconds that names and attributes may be cached: practically for ever (31 years), since the data set is
    /// immutable. What does change is taken back with notifications.
    /// </summary>
    public const ulong ForEverSeconds = 1_000_000_000;

    /// <summary>FUSE_GETATTR_FH: the question comes from a read, not from stat.</summary>
    public const uint GetAttributesForRead = 1;

    /// <summary>FUSE_DEV_IOC_BACKING_OPEN: _IOW(229, 1, struct fuse_backing_map); its result is the backing id.</summary>
    public const uint BackingOpen = 0x4010e501;

    /// <summary>FUSE_DEV_IOC_BACKING_CLOSE: _IOW(229, 2, uint32_t).</summary>
    public const uint BackingClose = 0x4004e502;

    /// <summary>
    /// max_stack_depth in <see cref="ReadMode.Passthrough"/>: backing files may lie on an overlay file system, as in
    /// containers (depth 1). The price: such a mount cannot itself be a layer of an overlay, where 2 is the most.
    /// </summary>
    public const uint MaxStackDepth = 2;

    /// <summary>Longest name: NAME_MAX.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>FUSE_UNKNOWN_INO of libfuse: the inode number shown for "..", which nothing reads.</summary>
    public const ulong UnknownInode = 0xffffffff;
}
