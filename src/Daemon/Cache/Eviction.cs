namespace MimicCxr.Daemon.Cache;

/// <summary>What became of a blob that should leave the spool.</summary>
internal enum Eviction
{
    /// <summary>It was not there.</summary>
    NotHere,

    /// <summary>It stays: somebody reads it, or the store does not have it yet.</summary>
    Held,

    /// <summary>It left.</summary>
    Gone,
}
