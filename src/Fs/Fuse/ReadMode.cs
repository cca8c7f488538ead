namespace MimicCxr.Fs.Fuse;

/// <summary>How the kernel opens and keeps the files of a mount.</summary>
public enum ReadMode
{
    /// <summary>
    /// The kernel opens files without asking (FUSE_NO_OPEN_SUPPORT) and keeps their pages: a second pass runs at
    /// the speed of a native file system. Kernels that cannot do this get <see cref="Plain"/>.
    /// </summary>
    PageCache,

    /// <summary>Every open is a request; pages are kept all the same (FOPEN_KEEP_CACHE).</summary>
    Plain,

    /// <summary>
    /// Every open is a request, and the kernel reads the backing file by itself (FUSE_PASSTHROUGH, Linux 6.9): for working
    /// sets larger than memory. Needs a tree that is <see cref="IBackedFileTree"/> and CAP_SYS_ADMIN; without, it becomes
    /// <see cref="PageCache"/>.
    /// </summary>
    Passthrough,

    /// <summary>
    /// <see cref="Passthrough"/> when <see cref="FuseMountOptions.WorkingSetBytes"/> says that memory will not hold what is
    /// read again and again, otherwise <see cref="PageCache"/>.
    /// </summary>
    Auto,
}
