namespace MimicCxr.Daemon.Cache;

/// <summary>Why the cache could not give a blob that the origin or store had.</summary>
internal enum CacheError
{
    /// <summary>The bytes do not have the listed checksum, again and again.</summary>
    Damaged,

    /// <summary>Bytes that were handed out turned out damaged; whoever opens the file anew gets the right ones.</summary>
    Replaced,

    /// <summary>The spool has no room, within its bound or on its disk.</summary>
    NoRoom,

    /// <summary>The spool's disk failed.</summary>
    DiskFailed,
}
