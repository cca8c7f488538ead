using System.Diagnostics;

namespace MimicCxr.Sandbox.Tests;

/// <summary>Debian's Python with its libraries, as a judge of the files.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script and returns what it prints; skips the test where a module is missing, but never in CI.</summary>
    public static async Task<string> RunAsync(string[] modules, string script, params string[] arguments)
    {
        if (Environment.GetEnvironmentVariable("CI") is null && !await HasModulesAsync(modules))
        {
            Assert.Skip($"needs {Interpreter} with {string.Join(", ", modules)} (Debian: python3-pil, python3-pydicom, python3-numpy)");
        }

        var (code, output, error) = await ExecuteAsync(["-c", script, .. arguments]);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    private static async Task<bool> HasModulesAsync(string[] modules) =>
        File.Exists(Interpreter) && (await ExecuteAsync(["-c", "import " + string.Join(", ", modules)])).Code == 0;

    private static async Task<(int Code, string Output, string Error)> ExecuteAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Interpreter, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
