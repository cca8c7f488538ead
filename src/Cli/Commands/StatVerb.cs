using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>stat</c>: what is known of one path.</summary>
internal sealed class StatVerb : Verb
{
    private readonly EntryArguments _entry;
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object" };

    /// <summary>Creates the verb.</summary>
    public StatVerb(CliHost host)
        : base(host, "stat", "Shows size, checksum and whereabouts of one path; no mount needed.", "mimic-cxr stat LICENSE.txt")
    {
        _entry = new(this);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var entry = await connection.Client.StatAsync(
            new StatRequest { Path = _entry.Path(arguments), Dataset = _entry.DataSet(arguments) },
            cancellationToken: cancellationToken);
        var document = EntryDocument.From(entry);
        if (arguments.GetValue(_json))
        {
            await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(document, JsonOutput.Plain.EntryDocument));
            return ExitCode.Done;
        }

        var modified = DateTimeOffset.FromUnixTimeSeconds(document.ModifiedUnixS)
            .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        await Terminal.Out.WriteLineAsync($"path      {(document.Path.Length == 0 ? "/" : document.Path)}");
        await Terminal.Out.WriteLineAsync($"kind      {document.Kind}");
        if (entry.Kind == EntryKind.File)
        {
            await Terminal.Out.WriteLineAsync($"size      {document.Size?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}");
            await Terminal.Out.WriteLineAsync($"sha256    {document.Sha256 ?? "not listed"}");
            await Terminal.Out.WriteLineAsync($"resident  {YesNo(document.Resident)}");
            await Terminal.Out.WriteLineAsync($"stored    {YesNo(document.Stored)}");
        }

        await Terminal.Out.WriteLineAsync($"modified  {modified}");
        return ExitCode.Done;
    }

    private static string YesNo(bool value) => value ? "yes" : "no";
}
