using System.Runtime.InteropServices;

namespace MimicCxr.Fs;

/// <summary>
/// A lease of the whole, checked bytes of a file, as a regular file that the kernel reads by itself. It lives from the
/// first open of the file in a mount to the last close; the tree must neither change nor truncate the backing file in that
/// time, and never in place at all: a program that mapped it goes on reading the same inode even after the last
/// close. Unlinking is always safe. <see cref="IDisposable.Dispose"/> ends the lease; it is called once, on the threads
/// that read the kernel's requests, and must not block.
/// </summary>
public interface IBackingFile : IDisposable
{
    /// <summary>
    /// A descriptor of the file, open for reading. The kernel takes its own reference before
    /// <see cref="IBackedFileTree.TryGetBacking"/>'s caller goes on, so the tree may share or close it afterwards; the lease
    /// goes on without it.
    /// </summary>
    SafeHandle Handle { get; }
}
