using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs cancel</c>: ends a job.</summary>
internal sealed class JobsCancelVerb(CliHost host) : JobVerb(host, "cancel", "Ends a job at once. What it brought stays in the store.", "mimic-cxr jobs cancel 3")
{
    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(DaemonConnection connection, string id, bool isJson, CancellationToken cancellationToken)
    {
        await ShowAsync(await connection.Client.CancelJobAsync(new CancelJobRequest { Id = id }, cancellationToken: cancellationToken), isJson);
        return ExitCode.Done;
    }
}
