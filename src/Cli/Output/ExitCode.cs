namespace MimicCxr.Cli.Output;

/// <summary>How the command ended, towards scripts. The numbers are part of the interface.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>Failed.</summary>
    Failed = 1,

    /// <summary>Wrong usage or option.</summary>
    Usage = 2,

    /// <summary>Not signed in (401).</summary>
    NotSignedIn = 3,

    /// <summary>No permission (403): agreement not signed, or bucket.</summary>
    NoPermission = 4,

    /// <summary>Origin or store out of reach.</summary>
    OutOfReach = 5,

    /// <summary>Verification found damage.</summary>
    Damage = 6,

    /// <summary>Ended by Ctrl-C (128 + SIGINT, as shells count) or SIGTERM.</summary>
    Interrupted = 130,
}
