namespace MimicCxr.Daemon.Catalog;

/// <summary>The arrays of a <see cref="CatalogSnapshot"/>, by node or by file; see there for the numbering.</summary>
internal sealed record CatalogArrays
{
    /// <summary>All names, one after the other, in UTF-8.</summary>
    public required byte[] Names { get; init; }

    /// <summary>By node, with one more at the end: where its name begins.</summary>
    public required int[] NameStart { get; init; }

    /// <summary>By node: the directory that holds it.</summary>
    public required int[] Parent { get; init; }

    /// <summary>By node: a directory's first child, or a file's ordinal.</summary>
    public required int[] FirstChild { get; init; }

    /// <summary>By node: a directory's number of children, -1 for a file.</summary>
    public required int[] ChildCount { get; init; }

    /// <summary>By node: a directory's number of subdirectories.</summary>
    public required int[] Subdirectories { get; init; }

    /// <summary>By file: its node.</summary>
    public required int[] NodeOfFile { get; init; }

    /// <summary>By file: 32 bytes.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>By file: whether a checksum is listed.</summary>
    public required bool[] HasSha256 { get; init; }

    /// <summary>See <see cref="CatalogSnapshot.Fingerprint"/>.</summary>
    public required byte[] Fingerprint { get; init; }
}
