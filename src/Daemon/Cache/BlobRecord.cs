namespace MimicCxr.Daemon.Cache;

/// <summary>A row of the index: what is known of one blob.</summary>
/// <param name="File">The file's ordinal in its catalogue.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="State">Where it is.</param>
/// <param name="AcceptedSha256">
/// The checksum of bytes that the origin repeats although its own list denies them; null where the list holds.
/// </param>
internal sealed record BlobRecord(int File, long Size, BlobState State, byte[]? AcceptedSha256);
