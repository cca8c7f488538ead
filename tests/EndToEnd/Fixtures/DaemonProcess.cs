using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// The real daemon in a process of its own, with its own state directory; it can be killed, stopped and started
/// again. Everything it prints is kept, for the test's end looks for identifiers in it.
/// </summary>
/// <param name="state">Its state directory.</param>
/// <param name="options">Its options.</param>
/// <param name="environment">Its environment, and that of the commands that talk to it.</param>
/// <param name="network">Where it runs; null for the network of the tests.</param>
internal sealed class DaemonProcess(
    string state, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> environment, NetworkNamespace? network = null)
    : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _printed = new();
    private Process? _process;

    /// <summary>Its state directory.</summary>
    public string State { get; } = state;

    /// <summary>The folder whose size <c>--spool-size</c> bounds.</summary>
    public string Spool => Path.Combine(State, "spool");

    /// <summary>What it wrote to standard output and standard error, over all its lives.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
            {
                return _printed.ToString();
            }
        }
    }

    /// <summary>Its log, one file or, where it was rolled, several.</summary>
    public IEnumerable<string> LogFiles => Directory.EnumerateFiles(State, "*.log*", SearchOption.AllDirectories);

    /// <summary>Starts it, and returns when it says that it is ready.</summary>
    public async Task StartAsync()
    {
        string[] command = [.. network?.Enter ?? [], Build.Daemon, "--state-dir", State, .. options];
        var start = Command.Describe(command[0], command[1..], null, environment);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("The daemon ended before it was ready."));
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.OutputDataReceived += (_, line) =>
        {
            Keep(line.Data);
            if (line.Data?.StartsWith("ready", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        try
        {
            await ready.Task.WaitAsync(StartLimit, TestContext.Current.CancellationToken);
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException)
        {
            var exit = "";
            if (process.HasExited)
            {
                // Its last words may still be on their way.
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                exit = $" It ended with {process.ExitCode}.";
            }

            throw new InvalidOperationException($"{error.Message}{exit}\n{Printed}", error);
        }
    }

    /// <summary>SIGKILL: no chance to write or unmount anything.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        Forget();
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("/bin/kill", ["-TERM", $"{_process!.Id}"]))
        {
            await kill.WaitForExitAsync(CancellationToken.None);
        }

        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(StopLimit);
        var code = _process.ExitCode;
        Forget();
        return code;
    }

    /// <summary>Runs the command <c>mimic-cxr</c> against this daemon.</summary>
    public Task<Outcome> CliAsync(params string[] arguments) =>
        Command.RunAsync(Build.Cli, ["--state-dir", State, .. arguments], environment: environment);

    /// <summary>The same with something on its standard input.</summary>
    public Task<Outcome> CliWithInputAsync(string input, params string[] arguments) =>
        Command.RunAsync(Build.Cli, ["--state-dir", State, .. arguments], input: input, environment: environment);

    /// <summary>Mounts by <c>mimic-cxr mount</c>.</summary>
    public async Task MountAsync(string mountpoint) => (await CliAsync("mount", mountpoint)).Succeeded();

    /// <summary>Asks by <c>mimic-cxr status --json</c>.</summary>
    public async Task<StatusReport> StatusAsync() => new(Json.Parse(await CliAsync("status", "--json")));

    /// <summary>What du says of the spool; files that vanish while it counts are no error.</summary>
    public async Task<long> SpoolDiskUsageAsync()
    {
        var outcome = await Command.RunAsync("du", ["-s", "-B1", Spool]);
        return long.Parse(outcome.Output.Split('\t')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until nothing is left to be put into the store.</summary>
    public Task<StatusReport> UploadedAsync() => StatusAsync(status => status.PendingUploads == 0, TimeSpan.FromSeconds(60));

    /// <summary>Asks until the answer is as wanted; fails with the last answer when that takes too long.</summary>
    public async Task<StatusReport> StatusAsync(Func<StatusReport, bool> wanted, TimeSpan limit)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var status = await StatusAsync();
            if (wanted(status))
            {
                return status;
            }

            Assert.True(clock.Elapsed < limit, $"after {limit} still {status.Json}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        if (_process.HasExited)
        {
            Forget();
            return;
        }

        try
        {
            await StopAsync();
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_printed)
            {
                _printed.AppendLine(line);
            }
        }
    }

    private void Forget()
    {
        _process!.Dispose();
        _process = null;
    }
}
