using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>verify</c>: is what the store has what the data set lists?</summary>
internal sealed class VerifyVerb : Verb
{
    private readonly FileArguments _files;
    private readonly SelectionOption _selection = new();
    private readonly Option<bool> _deep = new("--deep") { Description = "Read and hash every object, and the local copies in the spool; else lengths and the checksums kept beside the objects are compared" };
    private readonly Option<bool> _repair = new("--repair") { Description = "Fetch again what is missing or damaged" };
    private readonly Option<bool> _json = new("--json") { Description = "Each finding as one JSON object a line, and a summary as the last" };

    /// <summary>Creates the verb.</summary>
    public VerifyVerb(CliHost host)
        : base(
            host,
            "verify",
            "Compares what the store has with the data set's SHA256SUMS.txt and corrects the index. Ends with 6 when something is missing or damaged and was not repaired.",
            "mimic-cxr verify",
            "mimic-cxr verify 'files/p10/**' --deep --repair")
    {
        _files = new FileArguments(this);
        Add(_selection);
        Add(_deep);
        Add(_repair);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = new VerifyRequest
        {
            Dataset = _files.DataSet(arguments),
            Selection = _selection.Of(arguments),
            Deep = arguments.GetValue(_deep),
            Repair = arguments.GetValue(_repair),
        };
        request.Patterns.AddRange(_files.Given(arguments));
        var isJson = arguments.GetValue(_json);
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        using var call = connection.Client.Verify(request, cancellationToken: cancellationToken);
        var last = await FollowAsync(call.ResponseStream, isJson, cancellationToken);
        if (isJson)
        {
            WriteJson(JsonSerializer.Serialize(VerifyDocument.From(last), JsonOutput.Plain.VerifyDocument));
        }
        else
        {
            await Terminal.Out.WriteLineAsync(VerifyText.Summary(last, request.Deep));
        }

        return VerifyText.IsRight(last) ? ExitCode.Done : ExitCode.Damage;
    }

    private async Task<VerifyReport> FollowAsync(IAsyncStreamReader<VerifyReport> reports, bool isJson, CancellationToken cancellationToken)
    {
        var progress = new VerifyLines(Terminal.Error, Host.Time, Terminal.ErrorIsTerminal);
        while (await reports.MoveNext(cancellationToken))
        {
            var report = reports.Current;
            foreach (var finding in report.Findings)
            {
                progress.Clear();
                if (isJson)
                {
                    WriteJson(JsonSerializer.Serialize(FindingDocument.From(finding), JsonOutput.Plain.FindingDocument));
                }
                else
                {
                    await Terminal.Out.WriteLineAsync(VerifyText.Line(finding));
                }
            }

            if (report.Ended)
            {
                progress.Clear();
                return report;
            }

            progress.Show(report);
        }

        throw new CliException(ExitCode.Failed, "the daemon ended the verification without a result; run it again");
    }

    private void WriteJson(string line)
    {
        Terminal.Out.WriteLine(line);
        Terminal.Out.Flush();
    }
}
