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
    /// A descriptor of the file, open for reading. It may be shared between leases; it is used once, right after the lease was
    /// given, and the kernel then has a reference of its own.
    /// </summary>
    SafeHandle Handle { get; }
}
