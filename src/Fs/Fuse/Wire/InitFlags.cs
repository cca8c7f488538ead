namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>
/// INIT flags of linux/fuse.h that this session knows. Bits 32 and up travel in <c>flags2</c>, which the kernel
/// reads only when <see cref="InitExt"/> is set.
/// </summary>
[Flags]
internal enum InitFlags : ulong
{
    None = 0,
    AsyncRead = 1 << 0,
    DoReadDirectoryPlus = 1 << 13,
    ReadDirectoryPlusAuto = 1 << 14,
    NoOpenSupport = 1 << 17,
    ParallelDirectoryOperations = 1 << 18,
    MaxPages = 1 << 22,
    CacheSymlinks = 1 << 23,
    NoOpenDirectorySupport = 1 << 24,
    ExplicitInvalidateData = 1 << 25,
    InitExt = 1 << 30,
    Passthrough = 1UL << 37,
    HasResend = 1UL << 39,
}
