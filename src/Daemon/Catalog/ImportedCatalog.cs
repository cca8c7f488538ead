namespace MimicCxr.Daemon.Catalog;

/// <summary>What list files told.</summary>
/// <param name="Snapshot">What exists.</param>
/// <param name="Lengths">By ordinal: the length in bytes, or <see cref="PathList.UnknownLength"/>.</param>
internal sealed record ImportedCatalog(CatalogSnapshot Snapshot, long[] Lengths);
