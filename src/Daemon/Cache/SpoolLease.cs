using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>A blob of the spool that somebody reads by a descriptor of their own: neither evicted nor closed until disposed.</summary>
internal sealed class SpoolLease(SpoolFile file, SafeFileHandle handle) : IDisposable
{
    /// <summary>Open for reading.</summary>
    public SafeFileHandle Handle => handle;

    /// <summary>Length in bytes.</summary>
    public long Length => file.Length;

    /// <summary>The path, for whoever reads it as a stream before the lease is disposed.</summary>
    public string Path => file.Path;

    /// <summary>Gives the blob free; whoever waits for room in the spool gets it at the spool's next look.</summary>
    public void Dispose()
    {
        handle.DangerousRelease();
        file.Unpin();
    }
}
