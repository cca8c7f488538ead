namespace MimicCxr.Daemon.Hosting;

/// <summary>How the process ends: the exit codes of the command line.</summary>
internal enum ExitCode
{
    /// <summary>Ended as asked.</summary>
    Done = 0,

    /// <summary>Failed.</summary>
    Failed = 1,

    /// <summary>A wrong option.</summary>
    WrongUsage = 2,

    /// <summary>No permission for the store.</summary>
    NoPermission = 4,

    /// <summary>The store is out of reach.</summary>
    OutOfReach = 5,
}
