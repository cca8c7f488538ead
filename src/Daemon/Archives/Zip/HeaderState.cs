namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>What bytes of a directory begin with.</summary>
internal enum HeaderState
{
    /// <summary>No entry, or one whose numbers contradict each other.</summary>
    None,

    /// <summary>An entry that goes on behind these bytes.</summary>
    Cut,

    /// <summary>A whole entry.</summary>
    Whole,
}
