using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>daemon stop</c>: ends the daemon and its mounts.</summary>
internal sealed class DaemonStopVerb(CliHost host) : Verb(
    host,
    "stop",
    "Unmounts everything and ends the daemon; returns when it is gone.",
    "mimic-cxr daemon stop")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var state = Host.StateDirectory(arguments);
        switch (await new DaemonStopper(state, Host.Time).StopAsync(Patience, cancellationToken))
        {
            case DaemonEnd.NotRunning:
                Terminal.Note($"no daemon runs with the state directory {state.Path}");
                return ExitCode.Done;
            case DaemonEnd.HeldByOpenFiles:
                Terminal.Note("the daemon takes no more calls and ends when the last file open on its mounts is closed");
                return ExitCode.Done;
            case DaemonEnd.StillAnswers:
                throw new CliException(
                    ExitCode.Failed, $"the daemon was asked to end {Patience.TotalSeconds} s ago and still answers; see {state.Path}/daemon.log");
            default:
                await Terminal.Out.WriteLineAsync("daemon stopped");
                return ExitCode.Done;
        }
    }
}
