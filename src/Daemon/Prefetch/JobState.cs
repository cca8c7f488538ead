namespace MimicCxr.Daemon.Prefetch;

/// <summary>Where a job stands.</summary>
internal enum JobState
{
    /// <summary>Not begun.</summary>
    Queued,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Every file is in the store.</summary>
    Done,

    /// <summary>Ended with files that could not be had.</summary>
    Failed,

    /// <summary>Ended by the user.</summary>
    Cancelled,
}
