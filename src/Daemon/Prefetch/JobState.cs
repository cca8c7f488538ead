namespace MimicCxr.Daemon.Prefetch;

/// <summary>Where a job stands. The numbers stand in the index file.</summary>
internal enum JobState
{
    /// <summary>Not begun. In the index: not ended.</summary>
    Queued = 0,

    /// <summary>Under way.</summary>
    Running = 1,

    /// <summary>Every file is in the store.</summary>
    Done = 2,

    /// <summary>Ended with files that could not be had.</summary>
    Failed = 3,

    /// <summary>Ended by the user.</summary>
    Cancelled = 4,
}
