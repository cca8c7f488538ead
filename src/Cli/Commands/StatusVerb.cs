using System.CommandLine;
using System.Text.Json;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;
using Spectre.Console;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Commands;

/// <summary><c>status</c>: what the daemon serves, holds and has done.</summary>
internal sealed class StatusVerb : Verb
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _json = new("--json") { Description = "One JSON object; with --watch one a line" };
    private readonly Option<bool> _watch = new("--watch") { Description = "Again each second, until Ctrl-C" };

    /// <summary>Creates the verb.</summary>
    public StatusVerb(CliHost host)
        : base(
            host,
            "status",
            "Shows data sets, mounts, caches, origin, reads and jobs of the daemon.",
            "mimic-cxr status --watch",
            "mimic-cxr status --json | jq .origin")
    {
        Add(_json);
        Add(_watch);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        var status = await connection.GetStatusAsync(cancellationToken);
        Action<Status> show = arguments.GetValue(_json) ? ShowJson : ShowTable;
        if (!arguments.GetValue(_watch))
        {
            show(status);
            return ExitCode.Done;
        }

        try
        {
            if (Terminal.OutputIsTerminal && !arguments.GetValue(_json))
            {
                await Terminal.OutConsole.Live(StatusView.Draw(status)).StartAsync(live => FollowAsync(
                    connection, newer => live.UpdateTarget(StatusView.Draw(newer)), cancellationToken));
            }
            else
            {
                show(status);
                await FollowAsync(connection, show, cancellationToken);
            }
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is not OutputClosedException)
        {
            // Ctrl-C is how watching ends.
        }

        return ExitCode.Done;
    }

    private async Task FollowAsync(DaemonConnection connection, Action<Status> show, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, Host.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            show(await connection.GetStatusAsync(cancellationToken));
        }
    }

    private void ShowTable(Status status)
    {
        Terminal.OutConsole.Write(StatusView.Draw(status));
        Terminal.OutConsole.WriteLine();
        Terminal.Out.Flush();
    }

    private void ShowJson(Status status)
    {
        Terminal.Out.WriteLine(JsonSerializer.Serialize(StatusDocument.From(status), JsonOutput.Plain.StatusDocument));
        Terminal.Out.Flush();
    }
}
