using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli;

/// <summary>What the verbs know of the world around them. One for each run of the command.</summary>
internal sealed class CliHost
{
    /// <summary>Where results and messages go.</summary>
    public required Terminal Terminal { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Where this program's files are; the daemon is looked for from there.</summary>
    public string ProgramDirectory { get; init; } = AppContext.BaseDirectory;

    /// <summary>Opens standard input; only when asked, since that sets the terminal up, which <c>daemon run</c> leaves to the daemon.</summary>
    public Func<TextReader> Input { get; init; } = () => Console.In;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The global option <c>--state-dir</c>.</summary>
    public Option<string?> StateDirectoryOption { get; } = new("--state-dir")
    {
        Description = "Where the daemon keeps its state (default: MIMIC_CXR_STATE, else $XDG_STATE_HOME/mimic-cxr). "
            + "One daemon a directory",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary>The state directory that this run is about.</summary>
    public StateDirectory StateDirectory(ParseResult arguments) =>
        Daemon.StateDirectory.Resolve(arguments.GetValue(StateDirectoryOption), Variable);
}
