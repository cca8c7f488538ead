namespace MimicCxr.Daemon.Origin;

/// <summary>Who waits for a request.</summary>
internal enum RequestPriority
{
    /// <summary>A reader waits.</summary>
    Interactive,

    /// <summary>A job; goes after every reader.</summary>
    Bulk,
}
