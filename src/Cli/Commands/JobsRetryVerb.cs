using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs retry</c>: lets a job that has ended go on.</summary>
internal sealed class JobsRetryVerb(CliHost host) : JobVerb(host, "retry", "Lets a job that has ended go on with what the store does not have: the failed files, and those it did not come to.", "mimic-cxr jobs retry 3")
{
    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(DaemonConnection connection, string id, bool isJson, CancellationToken cancellationToken)
    {
        await ShowAsync(await connection.Client.RetryJobAsync(new RetryJobRequest { Id = id }, cancellationToken: cancellationToken), isJson);
        if (!isJson)
        {
            Terminal.Note($"see mimic-cxr jobs watch {id}");
        }

        return ExitCode.Done;
    }
}
