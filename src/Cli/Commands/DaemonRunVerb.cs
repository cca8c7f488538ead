using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>daemon run</c>: this process becomes the daemon.</summary>
internal sealed class DaemonRunVerb : Verb
{
    private readonly DaemonOptions _options;

    /// <summary>Creates the verb.</summary>
    public DaemonRunVerb(CliHost host)
        : base(
            host,
            "run",
            "Runs the daemon in the foreground; prints a line starting with \"ready\" when it can be used. Ctrl-C ends it.",
            "mimic-cxr daemon run --store s3://my-bucket/mimic --s3-endpoint http://localhost:9000 --s3-path-style",
            "mimic-cxr --state-dir /var/lib/mimic-cxr daemon run --spool-size 20GiB") => _options = new(this);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var program = DaemonProgram.Find(Host.ProgramDirectory, Host.Variable);
        await Terminal.Out.FlushAsync(cancellationToken);
        return ProgramReplacement.Become(
            program, ["--state-dir", Host.StateDirectory(arguments).Path, .. _options.Collect(arguments)]);
    }
}
