namespace MimicCxr.Daemon.Requests;

/// <summary>Who waits for a request, the most urgent first.</summary>
internal enum RequestPriority
{
    /// <summary>A reader waits.</summary>
    Interactive,

    /// <summary>A reader is expected: its next file, room in the spool, a short question. Goes after every reader.</summary>
    Ahead,

    /// <summary>A job; goes after all others, and stands still while a reader is served.</summary>
    Bulk,
}
