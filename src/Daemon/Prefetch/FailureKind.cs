namespace MimicCxr.Daemon.Prefetch;

/// <summary>Why a file could not be had, or a job ended or waits. The numbers stand in the index file.</summary>
internal enum FailureKind
{
    /// <summary>Something unexpected.</summary>
    Other = 1,

    /// <summary>The origin has no such file.</summary>
    NotFound = 2,

    /// <summary>The bytes do not have the listed checksum.</summary>
    Damaged = 3,

    /// <summary>No account, or a refused one.</summary>
    NotSignedIn = 4,

    /// <summary>The agreement is not signed, or the store takes nothing from this account.</summary>
    NotPermitted = 5,

    /// <summary>The origin is out of reach, or fails.</summary>
    Origin = 6,

    /// <summary>The store is out of reach, or fails.</summary>
    Store = 7,

    /// <summary>The spool, its disk or the store is full.</summary>
    NoRoom = 8,
}
