using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>unmount</c>: takes mounts away; the daemon goes on.</summary>
internal sealed class UnmountVerb : Verb
{
    private readonly Argument<string?> _mountPoint = new("MOUNTPOINT")
    {
        Description = "The mount to take away",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _all = new("--all") { Description = "Take every mount of this daemon away" };

    /// <summary>Creates the verb.</summary>
    public UnmountVerb(CliHost host)
        : base(host, "unmount", "Unmounts a data set; the daemon goes on.", "mimic-cxr unmount ~/mimic", "mimic-cxr unmount --all")
    {
        Add(_mountPoint.RejectOptions());
        Add(_all);
        Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(_mountPoint)) != result.GetValue(_all))
            {
                result.AddError("give a MOUNTPOINT or --all, and not both");
            }
        });
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var request = arguments.GetValue(_all)
            ? new UnmountRequest { All = true }
            : new UnmountRequest { Mountpoint = Path.GetFullPath(arguments.GetValue(_mountPoint)!) };
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var response = await connection.Client.UnmountAsync(request, cancellationToken: cancellationToken);
        foreach (var mount in response.Unmounted)
        {
            await Terminal.Out.WriteLineAsync($"unmounted {mount.Mountpoint}");
        }

        if (response.Unmounted.Count == 0)
        {
            Terminal.Note("nothing was mounted");
        }

        return ExitCode.Done;
    }
}
