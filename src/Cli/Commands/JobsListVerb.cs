using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs list</c>: every job, one a row.</summary>
internal class JobsListVerb : Verb
{
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object a line" };

    /// <summary>Creates the verb.</summary>
    public JobsListVerb(CliHost host, string name, string description, params string[] examples)
        : base(host, name, description, examples) => Add(_json);

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var jobs = (await connection.Client.ListJobsAsync(new ListJobsRequest(), cancellationToken: cancellationToken)).Jobs;
        if (arguments.GetValue(_json))
        {
            foreach (var job in jobs)
            {
                await Terminal.Out.WriteLineAsync(JsonSerializer.Serialize(JobDocument.From(job), JsonOutput.Plain.JobDocument));
            }
        }
        else if (jobs.Count == 0)
        {
            Terminal.Note("there are no jobs; mimic-cxr prefetch begins one");
        }
        else
        {
            Terminal.OutConsole.Write(JobTable.Draw(jobs));
        }

        return ExitCode.Done;
    }
}
