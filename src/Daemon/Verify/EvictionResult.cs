namespace MimicCxr.Daemon.Verify;

/// <summary>What left spool and store.</summary>
/// <param name="Evicted">Blobs that left the spool.</param>
/// <param name="Bytes">What they took on the disk.</param>
/// <param name="Held">Blobs that stayed: somebody reads them, or the store does not have them yet.</param>
/// <param name="Objects">Objects that left the store.</param>
/// <param name="ObjectBytes">Their bytes, as far as they were known.</param>
internal readonly record struct EvictionResult(long Evicted, long Bytes, long Held, long Objects, long ObjectBytes);
