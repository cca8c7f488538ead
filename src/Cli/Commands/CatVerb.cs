using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>cat</c>: the bytes of a file.</summary>
internal sealed class CatVerb : Verb
{
    private readonly EntryArguments _entry;

    /// <summary>Creates the verb.</summary>
    public CatVerb(CliHost host)
        : base(
            host,
            "cat",
            "Writes a file's bytes to standard output while they arrive; exit code 0 means that their checksum was right.",
            "mimic-cxr cat LICENSE.txt",
            "mimic-cxr cat mimic-cxr-2.0.0-split.csv.gz | zcat | head") => _entry = new(this);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        await connection.CopyFileAsync(_entry.DataSet(arguments), _entry.Path(arguments), Terminal.Output, cancellationToken);
        return ExitCode.Done;
    }
}
