using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary>A verb below <c>jobs</c> that is about one job.</summary>
internal abstract class JobVerb : Verb
{
    private readonly Argument<string> _id = new("ID") { Description = "The job's number, as 'jobs list' shows it" };
    private readonly Option<bool> _json = new("--json") { Description = "JSON, one object a line" };

    /// <summary>Creates the verb.</summary>
    protected JobVerb(CliHost host, string name, string description, string example)
        : base(host, name, description, example)
    {
        Add(_id.RejectOptions());
        Add(_json);
    }

    /// <inheritdoc/>
    protected sealed override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        return await RunAsync(connection, arguments.GetRequiredValue(_id), arguments.GetValue(_json), cancellationToken);
    }

    /// <summary>Does what the verb says.</summary>
    protected abstract Task<ExitCode> RunAsync(DaemonConnection connection, string id, bool isJson, CancellationToken cancellationToken);

    /// <summary>Writes one job: an object, or a line.</summary>
    protected Task ShowAsync(Job job, bool isJson) => Terminal.Out.WriteLineAsync(isJson
        ? JsonSerializer.Serialize(JobDocument.From(job), JsonOutput.Plain.JobDocument)
        : $"job {job.Id} {JobDocument.StateName(job.State)}: {JobLines.Describe(job)}");
}
