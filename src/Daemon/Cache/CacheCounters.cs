namespace MimicCxr.Daemon.Cache;

/// <summary>What the cache did since the start. Fields, for <see cref="Interlocked"/>.</summary>
internal sealed class CacheCounters
{
    /// <summary>Reads answered with bytes.</summary>
    public long Reads;

    /// <summary>Bytes handed to readers.</summary>
    public long ReadBytes;

    /// <summary>Files begun to be read whose bytes were in the spool already.</summary>
    public long SpoolHits;

    /// <summary>Files fetched from the object store.</summary>
    public long StoreHits;

    /// <summary>Files fetched from the origin.</summary>
    public long OriginFetches;

    /// <summary>Files that the service copied from the mirror into the store, past this machine.</summary>
    public long Copies;

    /// <summary>Fetches whose bytes did not have the listed checksum.</summary>
    public long VerifyFailures;

    /// <summary>Blobs that made room in the spool for others.</summary>
    public long Evictions;

    /// <summary>Attempts to put a blob into the store that failed.</summary>
    public long UploadErrors;

    /// <summary>Uploads given up because readers needed the room in the spool while the store took nothing.</summary>
    public long UploadsAbandoned;
}
