namespace MimicCxr.Fs;

/// <summary>
/// What a mounted tree must answer. The tree is read-only, its names and times never change under a node.
/// <para>
/// The methods that do not return a task are called on the threads that read the kernel's requests: they must
/// neither block nor wait for a network, and should not allocate. Whatever has to wait is split in two: a
/// question that may say "not yet", and an awaitable after which it is asked again. So a session parks a
/// waiting reader without holding a buffer or a thread for it.
/// </para>
/// </summary>
public interface IFileTree
{
    /// <summary>Finds a child by its name (raw bytes, no terminator).</summary>
    /// <returns>False when there is none, or when <paramref name="directory"/> is not a directory.</returns>
    bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes);

    /// <summary>The attributes of a node.</summary>
    /// <returns>False when the tree has no such node.</returns>
    bool TryGetAttributes(NodeId node, out NodeAttributes attributes);

    /// <summary>
    /// Learns the size of a file whose attributes say <see cref="NodeAttributes.UnknownSize"/>.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="readFollows">
    /// True when the kernel is known to read next (FUSE_GETATTR_FH), so that the size may come from the transfer of
    /// the bytes; false when it may be no more than a <c>stat</c>.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the asking program was interrupted or the session ends.</param>
    /// <exception cref="FsException">The size cannot be had.</exception>
    ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken);

    /// <summary>
    /// Lists a directory into <paramref name="listing"/> from <paramref name="position"/> on (0: the first entry;
    /// otherwise a position that was handed to <see cref="DirectoryListing.TryAdd"/> as the next one) until it
    /// is full or complete. "." and ".." are added by the session, not by the tree.
    /// </summary>
    /// <returns>False when the node is not a directory.</returns>
    bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing);

    /// <summary>The target of a symbolic link, raw bytes.</summary>
    /// <returns>False when the node is not a symbolic link.</returns>
    bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target);

    /// <summary>
    /// Copies bytes that are here, or says that they are not. Starts nothing.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">First byte wanted; at or past the end 0 bytes are read.</param>
    /// <param name="destination">Where the bytes go; filled whole unless the file ends before.</param>
    ReadResult TryRead(NodeId file, long offset, Span<byte> destination);

    /// <summary>
    /// Completes when <see cref="TryRead"/> of this range has an answer; starts what it takes to get there.
    /// </summary>
    /// <exception cref="FsException">The bytes cannot be had.</exception>
    ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken);

    /// <summary>What <c>statfs</c> shows.</summary>
    TreeStatistics GetStatistics();

    /// <summary>
    /// Called once when the tree is mounted, with the way to make the kernel forget what it cached.
    /// </summary>
    void Mounted(IKernelCache kernel);
}
