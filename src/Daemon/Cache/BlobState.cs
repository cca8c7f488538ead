namespace MimicCxr.Daemon.Cache;

/// <summary>What the index knows of where a blob is. The numbers stand in the index file.</summary>
internal enum BlobState : byte
{
    /// <summary>Nowhere that is known of; perhaps in the spool.</summary>
    Unknown = 0,

    /// <summary>In the spool, to be put into the store.</summary>
    Pending = 1,

    /// <summary>In the store.</summary>
    Stored = 2,

    /// <summary>Was in the store, and found gone by a verification; as <see cref="Unknown"/> but for the next verification.</summary>
    Lost = 3,

    /// <summary>In the store with wrong bytes, as somebody found who read them: it is not asked, and its object written over.</summary>
    Damaged = 4,
}
