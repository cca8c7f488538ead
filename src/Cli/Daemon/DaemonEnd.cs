namespace MimicCxr.Cli.Daemon;

/// <summary>What became of a daemon that was asked to end.</summary>
internal enum DaemonEnd
{
    /// <summary>None answered in the first place.</summary>
    NotRunning,

    /// <summary>Its process is gone.</summary>
    Ended,

    /// <summary>Its API is closed, but the process stays until programs close the files they hold on a mount.</summary>
    HeldByOpenFiles,

    /// <summary>It goes on as if nobody had asked.</summary>
    StillAnswers,
}
