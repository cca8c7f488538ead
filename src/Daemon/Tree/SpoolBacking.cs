using System.Runtime.InteropServices;
using MimicCxr.Daemon.Cache;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>A blob of the spool as the file that the kernel reads by itself.</summary>
internal sealed class SpoolBacking(SpoolLease lease) : IBackingFile
{
    /// <inheritdoc/>
    public SafeHandle Handle => lease.Handle;

    /// <inheritdoc/>
    public void Dispose() => lease.Dispose();
}
