using System.Diagnostics;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Daemon;

/// <summary>Starts the daemon of one state directory in the background and waits until it can be used.</summary>
internal sealed class DaemonStarter(CliHost host, StateDirectory state)
{
    // What the daemon prints, with exit code 1, when another one holds the state directory's lock.
    private const string AlreadyRunning = "already running";

    // Before every message of the daemon on its standard error.
    private const string DaemonName = "mimic-cxrd: ";

    // A first start reads half a million names from list files, over a network that may be slow.
    private static readonly TimeSpan TimeToStart = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan TimeUntilNote = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connects to the daemon, starting it first where none answers. Of several that do so at the same time all get
    /// a connection to the one daemon that won.
    /// </summary>
    /// <param name="options">Options for the daemon, verbatim; without effect when it runs already.</param>
    /// <param name="environment">Variables that the daemon gets in place of this process's; null values are taken away.</param>
    /// <param name="cancellationToken">Ends the waiting, and with it a daemon that was just started.</param>
    /// <exception cref="CliException">The daemon ended instead; carries its own words and exit code.</exception>
    public async Task<RunningDaemon> EnsureAsync(
        IReadOnlyList<string> options,
        IReadOnlyDictionary<string, string?>? environment,
        CancellationToken cancellationToken)
    {
        if (await TryConnectAsync(cancellationToken) is { } running)
        {
            return running;
        }

        var program = DaemonProgram.Find(host.ProgramDirectory, host.Variable);
        state.Create();
        using var deadline = new CancellationTokenSource(TimeToStart, host.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            while (true)
            {
                if (await StartOnceAsync(program, options, environment, either.Token) is { } started)
                {
                    return started;
                }

                // Another one holds the lock. It will answer soon, or end and leave the lock to us.
                await Task.Delay(5 * PollInterval, host.Time, either.Token);
                if (await TryConnectAsync(either.Token) is { } other)
                {
                    return other;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Failed, $"the daemon did not answer within {TimeToStart.TotalMinutes} minutes; see {state.Path}/daemon.log");
        }
    }

    private async Task<RunningDaemon?> TryConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await DaemonConnection.TryOpenAsync(state, cancellationToken);
        var isHandedOver = false;
        try
        {
            if (connection is null || await connection.TryGetStatusAsync(cancellationToken) is not { } status)
            {
                return null;
            }

            isHandedOver = true;
            return new(connection, status.Pid, IsNew: false);
        }
        finally
        {
            if (!isHandedOver)
            {
                connection?.Dispose();
            }
        }
    }

    // Null: another daemon has the state directory.
    private async Task<RunningDaemon?> StartOnceAsync(
        string program,
        IReadOnlyList<string> options,
        IReadOnlyDictionary<string, string?>? environment,
        CancellationToken cancellationToken)
    {
        // A file of its own for each attempt, so that two racing starts do not mix up their words.
        var outputPath = $"{state.OutputPath}.{Guid.NewGuid():N}";
        File.Create(outputPath).Dispose();
        try
        {
            using var process = Launch(outputPath, program, options, environment);
            if (await WaitUntilReadyAsync(process, cancellationToken) is { } ready)
            {
                if (ready.IsNew)
                {
                    await PassWarningsOnAsync(outputPath, cancellationToken);
                    File.Move(outputPath, state.OutputPath, overwrite: true);
                }

                return ready;
            }

            var words = (await File.ReadAllTextAsync(outputPath, cancellationToken)).Trim();
            if (process.ExitCode == (int)ExitCode.Failed && words.Contains(AlreadyRunning, StringComparison.Ordinal))
            {
                return null;
            }

            throw new CliException(
                process.ExitCode == 0 ? ExitCode.Failed : (ExitCode)process.ExitCode,
                words.Length > 0 ? WithoutName(words) : $"the daemon ended with exit code {process.ExitCode} and without a word");
        }
        finally
        {
            File.Delete(outputPath);
        }
    }

    private Process Launch(
        string outputPath, string program, IReadOnlyList<string> options, IReadOnlyDictionary<string, string?>? environment)
    {
        var self = Path.Combine(AppContext.BaseDirectory, "mimic-cxr");
        var start = new ProcessStartInfo(
            self, [ProgramReplacement.DetachedVerb, outputPath, program, "--state-dir", state.Path, .. options]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start)!;
    }

    // Null: the process ended.
    private async Task<RunningDaemon?> WaitUntilReadyAsync(Process process, CancellationToken cancellationToken)
    {
        var ended = process.WaitForExitAsync(CancellationToken.None);
        var started = host.Time.GetTimestamp();
        var noted = false;
        try
        {
            while (true)
            {
                if (await TryConnectAsync(cancellationToken) is { } running)
                {
                    return running with { IsNew = running.ProcessId == process.Id };
                }

                if (ended.IsCompleted)
                {
                    return null;
                }

                if (!noted && host.Time.GetElapsedTime(started) > TimeUntilNote)
                {
                    noted = true;
                    host.Terminal.Note("the daemon starts; its first start reads the data set's list files, which takes a while");
                }

                await Task.WhenAny(ended, Task.Delay(PollInterval, host.Time, cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            _ = Libc.SendSignal(process.Id, Libc.SigTerm);
            throw;
        }
    }

    private async Task PassWarningsOnAsync(string outputPath, CancellationToken cancellationToken)
    {
        foreach (var line in await File.ReadAllLinesAsync(outputPath, cancellationToken))
        {
            if (line.StartsWith(DaemonName, StringComparison.Ordinal))
            {
                host.Terminal.Note(WithoutName(line));
            }
        }
    }

    // Both programs put a name before their messages; one is enough.
    private static string WithoutName(string words) =>
        words.StartsWith(DaemonName, StringComparison.Ordinal) ? words[DaemonName.Length..] : words;
}
