using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>ls</c>: the names in a directory.</summary>
internal sealed class LsVerb : Verb
{
    private readonly EntryArguments _entry;
    private readonly Option<bool> _long = new("--long", "-l") { Description = "Size and where the bytes are: spool, store, or - for the origin only" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line" };

    /// <summary>Creates the verb.</summary>
    public LsVerb(CliHost host)
        : base(host, "ls", "Lists a directory of the data set; no mount needed.", "mimic-cxr ls files/p10", "mimic-cxr ls -l files/p10/p10000032/s50414267")
    {
        _entry = new(this, defaultPath: "");
        Add(_long);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Func<Entry, string> format = arguments.GetValue(_json) ? FormatJson : arguments.GetValue(_long) ? FormatLong : FormatName;
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        using var call = connection.Client.ListDirectory(
            new ListDirectoryRequest { Path = _entry.Path(arguments), Dataset = _entry.DataSet(arguments) },
            cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await Terminal.Out.WriteLineAsync(format(call.ResponseStream.Current));
        }

        return ExitCode.Done;
    }

    private static string FormatName(Entry entry)
    {
        var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
        return entry.Kind == EntryKind.Directory ? name + "/" : name;
    }

    private static string FormatLong(Entry entry)
    {
        var size = entry.HasSize && entry.Kind != EntryKind.Directory
            ? entry.Size.ToString(CultureInfo.InvariantCulture)
            : "-";
        return $"{size,12}  {Place(entry),-11}  {FormatName(entry)}";
    }

    private static string FormatJson(Entry entry) =>
        JsonSerializer.Serialize(EntryDocument.From(entry), JsonOutput.Plain.EntryDocument);

    private static string Place(Entry entry) => (entry.Resident, entry.Stored) switch
    {
        (true, true) => "spool,store",
        (true, false) => "spool",
        (false, true) => "store",
        _ => "-",
    };
}
