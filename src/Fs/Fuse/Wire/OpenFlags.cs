namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>FOPEN_* of linux/fuse.h: how the kernel treats an open file.</summary>
[Flags]
internal enum OpenFlags : uint
{
    None = 0,

    /// <summary>FOPEN_KEEP_CACHE: pages of an earlier open stay good.</summary>
    KeepCache = 1 << 1,

    /// <summary>FOPEN_CACHE_DIR: the listing may be cached.</summary>
    CacheDirectory = 1 << 3,

    /// <summary>FOPEN_PASSTHROUGH: the kernel reads the file that backing_id names. Goes with no other flag used here.</summary>
    Passthrough = 1 << 7,
}
