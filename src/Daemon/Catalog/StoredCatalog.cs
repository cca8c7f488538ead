namespace MimicCxr.Daemon.Catalog;

/// <summary>A catalogue and the number of its data set in the index.</summary>
internal sealed record StoredCatalog(long DataSetRow, CatalogSnapshot Snapshot);
