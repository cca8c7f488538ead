using System.Diagnostics;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Runs other programs: the clients that the daemon is judged by.</summary>
internal static class Command
{
    /// <summary>A program that takes longer hangs, and is killed.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end within three minutes.</exception>
    public static async Task<Outcome> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory = null,
        string input = "",
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = Describe(program, arguments, workingDirectory, environment);
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var commandLine = string.Join(' ', [program, .. start.ArgumentList]);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await WriteInputAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new Outcome(commandLine, process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{commandLine} did not end within {Limit}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs one of the Python programs of Programs/ with Debian's Python, whose packages the tests use.</summary>
    public static Task<Outcome> PythonAsync(string script, params string[] arguments) =>
        RunAsync("/usr/bin/python3", ["-B", PathOf(script), .. arguments]);

    /// <summary>Where a file or folder of Programs/ is.</summary>
    public static string PathOf(string program) => Path.Combine(AppContext.BaseDirectory, "Programs", program);

    /// <summary>How to start a program so that it does not depend on who runs the tests.</summary>
    public static ProcessStartInfo Describe(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory,
        IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["DOTNET_ROOT"] = Build.DotnetRoot;
        // Everything that is talked to is on this machine; nobody's AWS account or instance role is.
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1,localhost";
        start.Environment["AWS_CONFIG_FILE"] = start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task WriteInputAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: its exit code tells why.
        }
    }
}
