using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

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
        using var call = connection.Client.ReadFile(
            new ReadFileRequest { Path = _entry.Path(arguments), Dataset = _entry.DataSet(arguments) },
            cancellationToken: cancellationToken);
        var position = 0L;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var chunk = call.ResponseStream.Current;
            if (chunk.Offset != position)
            {
                throw new CliException(ExitCode.Failed, $"the daemon sent byte {chunk.Offset} where {position} was due");
            }

            await Terminal.Output.WriteAsync(chunk.Data.Memory, cancellationToken);
            position += chunk.Data.Length;
        }

        return ExitCode.Done;
    }
}
