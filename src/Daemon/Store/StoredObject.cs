namespace MimicCxr.Daemon.Store;

/// <summary>One object of the store, as a listing or a HEAD request tells it.</summary>
/// <param name="Key">Its key, <c>SLUG/VERSION/PATH</c>.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was written, by the store's clock.</param>
/// <param name="Note">What is kept beside it; null in a listing.</param>
/// <param name="FoundSha256">
/// Checksum of its bytes in hexadecimal where they were read, since they may have changed after the note was written; else null.
/// </param>
internal sealed record StoredObject(string Key, long Length, DateTimeOffset Modified, ObjectNote? Note, string? FoundSha256 = null)
{
    /// <summary>Checksum of its bytes in hexadecimal, as found or else as noted; null where neither is known.</summary>
    public string? Sha256 => FoundSha256 ?? Note?.Sha256;
}
