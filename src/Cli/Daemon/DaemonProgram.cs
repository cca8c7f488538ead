using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Daemon;

/// <summary>Finds the daemon's program.</summary>
internal static class DaemonProgram
{
    private const string FileName = "mimic-cxrd";

    /// <summary>
    /// The path that MIMIC_CXR_DAEMON names; else beside this program (installed); else in the build output of the
    /// clone that this program was built in, of the same configuration.
    /// </summary>
    /// <param name="programDirectory">Where this program's own files are: AppContext.BaseDirectory.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="CliException">There is none.</exception>
    public static string Find(string programDirectory, Func<string, string?> variable)
    {
        if (variable("MIMIC_CXR_DAEMON") is { Length: > 0 } named)
        {
            return File.Exists(named)
                ? Path.GetFullPath(named)
                : throw new CliException(ExitCode.Failed, $"MIMIC_CXR_DAEMON names {named}, which is not there");
        }

        var candidates = Candidates(programDirectory).ToArray();
        return Array.Find(candidates, File.Exists) ?? throw new CliException(
            ExitCode.Failed,
            $"the daemon's program {FileName} is neither at {string.Join(" nor at ", candidates)}; build it "
            + "(dotnet build src/Cli -c Release), install it beside mimic-cxr, or name it in MIMIC_CXR_DAEMON");
    }

    private static IEnumerable<string> Candidates(string programDirectory)
    {
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(programDirectory));
        yield return Path.Combine(directory, FileName);

        // src/Cli/bin/<configuration>/<framework>/ -> src/Daemon/bin/<configuration>/<framework>/
        var framework = Path.GetFileName(directory);
        var configuration = Path.GetFileName(Path.GetDirectoryName(directory));
        if (configuration is { Length: > 0 })
        {
            yield return Path.GetFullPath(
                Path.Combine(directory, "../../../../Daemon/bin", configuration, framework, FileName));
        }
    }
}
