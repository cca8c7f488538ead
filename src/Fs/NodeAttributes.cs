namespace MimicCxr.Fs;

/// <summary>What <c>stat</c> tells of a node. Immutable but for a size that is learnt once.</summary>
public readonly record struct NodeAttributes
{
    /// <summary>The value of <see cref="Size"/> while nobody knows it yet.</summary>
    public const long UnknownSize = -1;

    /// <summary>The node these attributes belong to.</summary>
    public required NodeId Node { get; init; }

    /// <summary>The inode number that programs see (<c>st_ino</c>): the same in every run, whatever <see cref="Node"/> is.</summary>
    public required ulong Inode { get; init; }

    /// <summary>File, directory or symbolic link.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>
    /// Bytes of a file, length of a symbolic link's target, 0 for a directory; <see cref="UnknownSize"/> for a
    /// file whose size has to be asked for with <see cref="IFileTree.GetSizeAsync"/>.
    /// </summary>
    public required long Size { get; init; }

    /// <summary>Modification, change and access time in seconds since 1970-01-01 UTC. Never changes.</summary>
    public required long ModifiedUnixSeconds { get; init; }

    /// <summary>Hard links: 1 for a file, 2 plus the number of subdirectories for a directory.</summary>
    public required int LinkCount { get; init; }
}
