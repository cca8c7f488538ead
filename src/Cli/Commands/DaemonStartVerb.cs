using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>daemon start</c>: a daemon in the background.</summary>
internal sealed class DaemonStartVerb : Verb
{
    private readonly DaemonOptions _options;

    /// <summary>Creates the verb.</summary>
    public DaemonStartVerb(CliHost host)
        : base(
            host,
            "start",
            "Starts the daemon in the background and returns when it can be used. One that runs already is left alone.",
            "mimic-cxr daemon start",
            "mimic-cxr daemon start --store file:///data/mimic-store --spool-dir /scratch/spool --spool-size 20GiB") =>
        _options = new(this);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var state = Host.StateDirectory(arguments);
        var options = _options.Collect(arguments);
        using var daemon = await new DaemonStarter(Host, state).EnsureAsync(options, environment: null, cancellationToken);
        if (!daemon.IsNew && options.Count > 0)
        {
            Terminal.Note("a daemon runs already; options apply only when it starts (mimic-cxr daemon stop, then start)");
        }

        await Terminal.Out.WriteLineAsync(
            $"daemon {(daemon.IsNew ? "started" : "runs already")} (process {daemon.ProcessId}, state in {state.Path})");
        return ExitCode.Done;
    }
}
