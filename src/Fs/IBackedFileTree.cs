namespace MimicCxr.Fs;

/// <summary>
/// A tree that can name a local file for the bytes of a file of its own, so that the kernel reads it without asking
/// (FUSE passthrough). Asked only in mounts whose mode is <see cref="Fuse.ReadMode.Passthrough"/>, and only when the file is not
/// open there yet. Of several leases that programs opening it at the same time asked for, one is kept and the others are
/// disposed at once.
/// </summary>
public interface IBackedFileTree : IFileTree
{
    /// <summary>
    /// A lease of the file's bytes if they are whole and checked. Starts nothing, neither blocks nor waits.
    /// </summary>
    BackingResult TryGetBacking(NodeId file);

    /// <summary>
    /// Waits until the file's bytes are whole and checked, fetching them if need be.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">
    /// Cancelled when the opening program was interrupted, or after <see cref="Fuse.FuseMountOptions.BackingWaitLimit"/>:
    /// the file is then opened all the same and read through <see cref="IFileTree.TryRead"/> at once, so a transfer
    /// under way should go on.
    /// </param>
    /// <returns>A lease, owned by the caller; null when this file cannot be passed through.</returns>
    /// <exception cref="FsException">The bytes cannot be had; the open fails with this error.</exception>
    ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken);
}
