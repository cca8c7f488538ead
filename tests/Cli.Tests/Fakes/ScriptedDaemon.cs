using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Fakes;

/// <summary>
/// A shell script in the daemon's place: it keeps its arguments, its process number and its session in files, and then
/// does what the test says. Its API is served by the test, once the script runs.
/// </summary>
internal sealed class ScriptedDaemon
{
    private readonly string _folder;

    /// <summary>Makes the script.</summary>
    /// <param name="folder">Where script and files go.</param>
    /// <param name="behaviour">Shell commands.</param>
    public ScriptedDaemon(string folder, string behaviour)
    {
        _folder = folder;
        Path = System.IO.Path.Combine(folder, "fake-daemon");
        File.WriteAllText(
            Path,
            $"""
            #!/bin/sh
            printf '%s\n' "$@" > {folder}/arguments
            env > {folder}/environment
            cut -d' ' -f6 /proc/$$/stat > {folder}/session
            readlink /proc/$$/fd/0 /proc/$$/fd/2 > {folder}/descriptors
            echo $$ > {folder}/pid.new
            mv {folder}/pid.new {folder}/pid
            {behaviour}

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Path { get; }

    public string[] Read(string file) => File.ReadAllLines(System.IO.Path.Combine(_folder, file));

    /// <summary>Waits until the script runs, and serves the API in its name.</summary>
    /// <param name="gateway">Answers the calls.</param>
    /// <param name="state">The state directory.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <param name="processId">Whose API it says to be, if not the script's.</param>
    public async Task<GatewayHost> ServeAsync(
        FakeGateway gateway, string state, CancellationToken cancellationToken, int? processId = null)
    {
        var own = await WaitForProcessIdAsync(cancellationToken);
        gateway.Status = new Status { Version = "0.1.0", Pid = processId ?? own };
        return await GatewayHost.StartAsync(gateway, state);
    }

    private async Task<int> WaitForProcessIdAsync(CancellationToken cancellationToken)
    {
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_folder, "pid");
        watcher.Created += (_, _) => appeared.TrySetResult();
        watcher.Renamed += (_, _) => appeared.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(System.IO.Path.Combine(_folder, "pid")))
        {
            await appeared.Task.WaitAsync(cancellationToken);
        }

        return int.Parse(Read("pid")[0], null);
    }
}
