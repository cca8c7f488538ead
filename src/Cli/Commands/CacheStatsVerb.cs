using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>cache stats</c>: what is kept, and how often it served.</summary>
internal sealed class CacheStatsVerb : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public CacheStatsVerb(CliHost host)
        : base(host, "stats", "Shows what spool and object store hold and where reads were served from.", "mimic-cxr cache stats --json") =>
        Add(_json);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var status = await connection.GetStatusAsync(cancellationToken);
        if (arguments.GetValue(_json))
        {
            var all = StatusDocument.From(status);
            var document = new CacheDocument(all.Spool, all.Store, all.Reads);
            await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(document, JsonOutput.Plain.CacheDocument));
        }
        else
        {
            Terminal.OutConsole.Write(StatusView.DrawCache(status));
        }

        return ExitCode.Done;
    }
}
