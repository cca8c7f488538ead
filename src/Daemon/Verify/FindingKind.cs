namespace MimicCxr.Daemon.Verify;

/// <summary>What a verification found.</summary>
internal enum FindingKind
{
    /// <summary>The index says that the store has it, and the store does not.</summary>
    Missing,

    /// <summary>The store has other bytes than the data set lists.</summary>
    Damaged,

    /// <summary>The spool has other bytes than the data set lists; they are taken out of it at once.</summary>
    DamagedInSpool,

    /// <summary>The store does not give it.</summary>
    Unreadable,

    /// <summary>An object below the data set's prefix that is none of its files.</summary>
    Extra,

    /// <summary>The bytes that the origin repeats although its own list denies them: no damage.</summary>
    OriginDisagrees,
}
