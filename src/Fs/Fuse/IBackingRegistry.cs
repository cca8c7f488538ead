using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse;

/// <summary>The kernel's table of backing files of one mount: /dev/fuse, or a stand-in in tests. Safe from any thread.</summary>
internal interface IBackingRegistry
{
    /// <summary>Registers a file (FUSE_DEV_IOC_BACKING_OPEN).</summary>
    /// <returns>Its id, above 0, or minus an error number.</returns>
    int OpenBacking(SafeHandle file);

    /// <summary>
    /// Takes an id back (FUSE_DEV_IOC_BACKING_CLOSE); files that are open with it stay so. An id that is never taken back
    /// keeps its file until the session ends.
    /// </summary>
    void CloseBacking(int id);
}
