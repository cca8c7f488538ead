namespace MimicCxr.Fs.Fuse;

/// <summary>How the kernel opens and keeps the files of a mount. Passthrough will be a third way.</summary>
public enum ReadMode
{
    /// <summary>
    /// The kernel opens files without asking (FUSE_NO_OPEN_SUPPORT) and keeps their pages: a second pass runs at
    /// the speed of a native file system. Kernels that cannot do this get <see cref="Plain"/>.
    /// </summary>
    PageCache,

    /// <summary>Every open is a request; pages are kept all the same (FOPEN_KEEP_CACHE).</summary>
    Plain,
}
