namespace MimicCxr.Daemon.Store;

/// <summary>Why the object store did not do what was asked.</summary>
internal enum StoreError
{
    /// <summary>No connection, a timeout, or the store's own failure: trying again may help.</summary>
    OutOfReach,

    /// <summary>No credentials, wrong ones, or no permission.</summary>
    NotPermitted,

    /// <summary>No such bucket or folder.</summary>
    NoBucket,

    /// <summary>The store's disk is full, or its quota used up.</summary>
    Full,

    /// <summary>An answer that makes no sense.</summary>
    BadAnswer,
}
