using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>cache evict</c>: gives disk space back, or room in the bucket.</summary>
internal sealed class CacheEvictVerb : Verb
{
    private readonly FileArguments _files;
    private readonly Option<bool> _store = new("--store") { Description = "Remove the objects from the store too; needs a PATH or GLOB" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask before objects are removed" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public CacheEvictVerb(CliHost host)
        : base(
            host,
            "evict",
            "Takes files out of the local spool (all of them where no PATH is given), which is always harmless: they come back from the store. What is being read or not stored yet stays.",
            "mimic-cxr cache evict",
            "mimic-cxr cache evict files/p10 --store --yes")
    {
        _files = new FileArguments(this);
        Add(_store);
        Add(_yes);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = new EvictRequest { Dataset = _files.DataSet(arguments), Store = arguments.GetValue(_store) };
        request.Patterns.AddRange(_files.Given(arguments));
        if (request.Store && request.Patterns.Count == 0)
        {
            throw new CliException(ExitCode.Usage, "cache evict --store needs a PATH or GLOB; '**' means everything");
        }

        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        if (request.Store && !arguments.GetValue(_yes) && !await IsAgreedAsync(connection, request, cancellationToken))
        {
            throw new CliException(ExitCode.Failed, "nothing was removed; --yes removes without asking");
        }

        var result = await connection.Client.EvictAsync(request, cancellationToken: cancellationToken);
        if (arguments.GetValue(_json))
        {
            await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(EvictDocument.From(result), JsonOutput.Plain.EvictDocument));
            return ExitCode.Done;
        }

        var held = result.Held > 0 ? $"; {Quantity.Count(result.Held)} stayed (being read, or not stored yet)" : "";
        await Terminal.Out.WriteLineAsync($"evicted {Quantity.Count(result.Evicted, "file", "files")}, {Quantity.Bytes(result.Bytes)}{held}");
        if (request.Store)
        {
            await Terminal.Out.WriteLineAsync($"removed {Quantity.Count(result.ObjectsRemoved, "object", "objects")}, {Quantity.Bytes(result.ObjectBytes)}, from the store");
        }

        return ExitCode.Done;
    }

    private async Task<bool> IsAgreedAsync(DaemonConnection connection, EvictRequest request, CancellationToken cancellationToken)
    {
        var measure = new MeasureRequest { Dataset = request.Dataset };
        measure.Patterns.AddRange(request.Patterns);
        var size = await connection.Client.MeasureAsync(measure, cancellationToken: cancellationToken);
        await Terminal.Error.WriteAsync(
            $"Remove {Quantity.Count(size.StoredFiles, "object", "objects")}, {Quantity.Bytes(size.StoredBytes)}, from {size.StoreUrl}? "
            + "They would have to be fetched from the origin again. [y/N] ");
        await Terminal.Error.FlushAsync(cancellationToken);
        return (await Host.Input().ReadLineAsync(cancellationToken))?.Trim() is "y" or "Y" or "yes";
    }
}
