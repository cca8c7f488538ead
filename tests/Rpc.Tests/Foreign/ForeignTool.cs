using System.ComponentModel;
using System.Diagnostics;

namespace MimicCxr.Rpc.Tests.Foreign;

/// <summary>Runs programs that are no part of .NET.</summary>
internal static class ForeignTool
{
    /// <summary>Skips the test where a program is missing; in CI, which installs it, the test fails.</summary>
    public static async Task RequireAsync(string what, string program, params string[] arguments)
    {
        try
        {
            await RunAsync(AppContext.BaseDirectory, program, arguments);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            var missing = $"{what} is missing: {e.Message}";
            if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            {
                Assert.Fail(missing);
            }

            Assert.Skip(missing);
        }
    }

    /// <summary>Runs a program to its end and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">It did not end with 0.</exception>
    public static async Task<string> RunAsync(string directory, string program, params string[] arguments)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
