using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs watch</c>: follows a job to its end.</summary>
internal sealed class JobsWatchVerb(CliHost host) : JobVerb(host, "watch", "Shows how far a job is until it has ended, and ends as 'prefetch' would. Ctrl-C leaves the job alone.", "mimic-cxr jobs watch 3")
{
    /// <inheritdoc/>
    protected override Task<ExitCode> RunAsync(DaemonConnection connection, string id, bool isJson, CancellationToken cancellationToken) =>
        new JobFollower(Host, connection, isJson).FollowAsync(id, cancellationToken);
}
