using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using MimicCxr.V1;

namespace MimicCxr.Cli.Commands;

/// <summary><c>mount</c>: a data set as a folder, with a daemon started where none answers.</summary>
internal sealed class MountVerb : Verb
{
    private static readonly TimeSpan PatienceForStop = TimeSpan.FromSeconds(10);

    private readonly Argument<string> _mountPoint = new("MOUNTPOINT")
    {
        Description = "An empty directory; made where it is missing",
    };

    private readonly DaemonOptions _options;

    /// <summary>Creates the verb.</summary>
    public MountVerb(CliHost host)
        : base(
            host,
            "mount",
            "Mounts the data set and returns when it can be used; starts the daemon if none answers.",
            "mimic-cxr mount ~/mimic",
            "mimic-cxr mount ~/indiana --dataset indiana",
            "mimic-cxr mount ~/mimic --store s3://my-bucket/mimic --s3-region eu-central-1 --spool-size 20GiB")
    {
        Add(_mountPoint.RejectOptions());
        _options = new(this);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var mountPoint = Path.GetFullPath(arguments.GetRequiredValue(_mountPoint));
        var state = Host.StateDirectory(arguments);
        var isMade = MakeDirectory(mountPoint);
        RunningDaemon? daemon = null;
        try
        {
            daemon = await new DaemonStarter(Host, state).EnsureAsync(
                _options.Collect(arguments), environment: null, cancellationToken);
            if (!daemon.IsNew)
            {
                RejectOrWarn(arguments);
            }

            var response = await daemon.Connection.Client.MountAsync(
                new MountRequest
                {
                    Mountpoint = mountPoint,
                    Dataset = DaemonOptions.ValueOf(arguments, DaemonOptions.DataSet),
                    Reports = DaemonOptions.ValueOf(arguments, DaemonOptions.Reports),
                },
                cancellationToken: cancellationToken);
            await Terminal.Out.WriteLineAsync(
                $"mounted {response.Mount.Dataset} at {response.Mount.Mountpoint} ({response.Mount.ReadMode})");
            foreach (var note in response.Mount.Notes)
            {
                Terminal.Note(note);
            }

            return ExitCode.Done;
        }
        catch
        {
            await UndoAsync(state, daemon, isMade ? mountPoint : null);
            throw;
        }
        finally
        {
            daemon?.Dispose();
        }
    }

    private void RejectOrWarn(ParseResult arguments)
    {
        if (arguments.UnmatchedTokens is [var unknown, ..])
        {
            throw new CliException(ExitCode.Usage, $"unknown option or argument: {unknown}");
        }

        if (_options.Collect(arguments).Any(word => word.StartsWith("--", StringComparison.Ordinal) && word is not (DaemonOptions.DataSet or DaemonOptions.Reports)))
        {
            Terminal.Note(
                "a daemon runs already; options other than --dataset and --reports apply only when it starts (mimic-cxr daemon stop, then mount)");
        }
    }

    private bool MakeDirectory(string mountPoint)
    {
        if (Directory.Exists(mountPoint))
        {
            return false;
        }

        try
        {
            Directory.CreateDirectory(mountPoint);
        }
        catch (IOException) when (!File.Exists(mountPoint))
        {
            // Something is there that cannot be looked at: the mount of a daemon that died. The daemon replaces it.
            return false;
        }

        Terminal.Note($"made the directory {mountPoint}");
        return true;
    }

    // A daemon left behind by a mount that failed would keep what made it fail, such as the wrong account. Another
    // command may have mounted something by it in the meantime, though.
    private async Task UndoAsync(StateDirectory state, RunningDaemon? daemon, string? madeDirectory)
    {
        if (daemon is { IsNew: true }
            && await daemon.Connection.TryGetStatusAsync(CancellationToken.None) is { Mounts.Count: 0 })
        {
            await new DaemonStopper(state, Host.Time).StopAsync(PatienceForStop, CancellationToken.None);
        }

        if (madeDirectory is not null)
        {
            try
            {
                Directory.Delete(madeDirectory);
            }
            catch (IOException)
            {
                // Not empty any more, or mounted after all: then it is not ours to remove.
            }
        }
    }
}
