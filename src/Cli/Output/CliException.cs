namespace MimicCxr.Cli.Output;

/// <summary>The command cannot go on, for a reason that the user can read and act on.</summary>
internal sealed class CliException(ExitCode exitCode, string message) : Exception(message)
{
    /// <summary>How the command ends.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
