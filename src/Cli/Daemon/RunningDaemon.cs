namespace MimicCxr.Cli.Daemon;

/// <summary>A daemon that answers.</summary>
/// <param name="Connection">The way to it; the holder disposes of it.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="IsNew">Whether it was started just now, by this command.</param>
internal sealed record RunningDaemon(DaemonConnection Connection, int ProcessId, bool IsNew) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Connection.Dispose();
}
