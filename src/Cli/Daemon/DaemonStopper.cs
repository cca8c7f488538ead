using System.Runtime.InteropServices;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Daemon;

/// <summary>Ends the daemon of one state directory.</summary>
internal sealed class DaemonStopper(StateDirectory state, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks the daemon to end (SIGTERM) and waits until it has.</summary>
    /// <param name="patience">How long to wait at most.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="CliException">The daemon may not be signalled from here.</exception>
    public async Task<DaemonEnd> StopAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (await FindProcessAsync(cancellationToken) is not { } processId)
        {
            return DaemonEnd.NotRunning;
        }

        if (Libc.SendSignal(processId, Libc.SigTerm) != 0)
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            if (await AnswersAsync(cancellationToken))
            {
                throw new CliException(ExitCode.Failed, $"the daemon (process {processId}) cannot be ended from here: {reason}");
            }
        }

        var asked = time.GetTimestamp();
        while (true)
        {
            var answers = await AnswersAsync(cancellationToken);
            if (!answers && !IsAlive(processId))
            {
                return DaemonEnd.Ended;
            }

            if (time.GetElapsedTime(asked) > patience)
            {
                return answers ? DaemonEnd.StillAnswers : DaemonEnd.HeldByOpenFiles;
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    // A process that ended but was not yet waited for by its parent still has an entry: state Z (proc(5)).
    private static bool IsAlive(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            var afterName = stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart();
            return afterName is not ['Z' or 'X', ..];
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<int?> FindProcessAsync(CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.TryOpenAsync(state, cancellationToken);
        return connection is null ? null : (await connection.TryGetStatusAsync(cancellationToken))?.Pid;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.TryOpenAsync(state, cancellationToken);
        return connection is not null;
    }
}
