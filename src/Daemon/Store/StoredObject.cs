namespace MimicCxr.Daemon.Store;

/// <summary>One object of the store, as a listing or a HEAD request tells it.</summary>
/// <param name="Key">Its key, <c>SLUG/VERSION/PATH</c>.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was written, by the store's clock.</param>
/// <param name="Note">What is kept beside it; null in a listing.</param>
internal sealed record StoredObject(string Key, long Length, DateTimeOffset Modified, ObjectNote? Note);
