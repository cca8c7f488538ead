namespace MimicCxr.Daemon.Hosting;

/// <summary>The daemon cannot start. The message is what the user sees.</summary>
internal sealed class StartException(ExitCode exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the process ends with.</summary>
    public ExitCode ExitCode => exitCode;
}
