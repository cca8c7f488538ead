using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The files that are open in a mount of mode passthrough, and how.
/// <para>
/// The kernel holds one way for all opens of an inode: either each is with the same backing id, or each is without; an
/// open that disagrees fails with EIO, or EBUSY inside the kernel (fuse_file_io_open, fs/fuse/iomode.c). Hence the rule: the
/// first open decides and every other one gets the same answer, until the last is closed. A file that was first
/// opened without a backing file is read through READ until then, whatever has become possible; one that was opened with one
/// keeps its id and its lease. The count goes up before OPEN is answered and down when RELEASE arrives, which the kernel
/// sends after it has let go of the file (fuse_file_put): so what is counted here is never less than what the kernel holds,
/// and a decision made at zero can meet no older one. Opens whose answer the kernel did not take are counted down again.
/// </para>
/// </summary>
internal sealed class OpenFiles(IBackingRegistry registry, FuseCounters counters, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, OpenFile> _files = []; // guarded by _gate
    private volatile bool _isRefused;

    /// <summary>
    /// Whether backing files are worth asking for: false once the kernel said that those of this tree never can be, so that
    /// opens do not wait for whole files in vain.
    /// </summary>
    public bool AcceptsBacking => !_isRefused;

    /// <summary>One more open of a file that is open already.</summary>
    /// <returns>False when it is not, so that a backing file has to be asked for and <see cref="Open"/> called.</returns>
    public bool TryOpenAgain(NodeId node, out FuseOpenOut answer)
    {
        lock (_gate)
        {
            ref var file = ref CollectionsMarshal.GetValueRefOrNullRef(_files, node);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref file))
            {
                answer = default;
                return false;
            }

            file.Count++;
            answer = Answer(file.BackingId);
            return true;
        }
    }

    /// <summary>Opens a file, as the first or as one more.</summary>
    /// <param name="node">The file.</param>
    /// <param name="backing">The lease, owned from here on; null for a file that is read through READ.</param>
    public FuseOpenOut Open(NodeId node, IBackingFile? backing)
    {
        var surplus = backing;
        int id;
        lock (_gate)
        {
            ref var file = ref CollectionsMarshal.GetValueRefOrAddDefault(_files, node, out var isOpen);
            if (!isOpen && backing is not null && TryRegister(backing, out file.BackingId))
            {
                file.Lease = backing;
                surplus = null;
                counters.CountBackingOpened();
            }

            file.Count++;
            id = file.BackingId;
        }

        surplus?.Dispose();
        return Answer(id);
    }

    /// <summary>One open less. A file that a predecessor of this process opened is unknown here and ignored.</summary>
    public void Release(NodeId node)
    {
        IBackingFile? lease;
        lock (_gate)
        {
            ref var file = ref CollectionsMarshal.GetValueRefOrNullRef(_files, node);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref file) || --file.Count > 0)
            {
                return;
            }

            lease = file.Lease;
            if (file.BackingId != 0)
            {
                registry.CloseBacking(file.BackingId);
                counters.CountBackingClosed();
            }

            _files.Remove(node);
        }

        lease?.Dispose();
    }

    /// <summary>Ends all leases; the session is over, and with it the kernel's ids.</summary>
    public void ReleaseAll()
    {
        OpenFile[] left;
        lock (_gate)
        {
            left = [.. _files.Values];
            _files.Clear();
        }

        foreach (var file in left)
        {
            if (file.Lease is not null)
            {
                counters.CountBackingClosed();
                file.Lease.Dispose();
            }
        }
    }

    // Passthrough goes with no other flag (FOPEN_PASSTHROUGH_MASK). No handle: the node says all.
    private static FuseOpenOut Answer(int backingId) => backingId == 0
        ? new FuseOpenOut { Flags = OpenFlags.KeepCache }
        : new FuseOpenOut { Flags = OpenFlags.Passthrough, BackingId = backingId };

    private bool TryRegister(IBackingFile backing, out int id)
    {
        id = registry.OpenBacking(backing.Handle);
        if (id > 0)
        {
            return true;
        }

        var error = (Errno)(-id);
        id = 0;
        counters.CountBackingRefused();

        // Too many open files or no memory pass; what else the kernel has against these files does not.
        if (error is not (Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.OutOfMemory) && !_isRefused)
        {
            _isRefused = true;
            logger.LogWarning("Files cannot be passed through to the kernel ({Error}); they are read through the daemon from now on", error);
        }

        return false;
    }

    private struct OpenFile
    {
        public int Count;
        public int BackingId; // 0: opened without
        public IBackingFile? Lease;
    }
}
