namespace MimicCxr.Daemon.Store;

/// <summary>What is kept beside an object.</summary>
/// <param name="Sha256">Checksum of its bytes in hexadecimal, or null in an object that something else put there.</param>
/// <param name="OriginDisagrees">Whether the origin repeats these bytes although its own list denies them.</param>
internal sealed record ObjectNote(string? Sha256, bool OriginDisagrees);
