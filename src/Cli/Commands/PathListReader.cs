using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary>Reads lists of paths as IMAGE_FILENAMES has them: one a line. Blank lines and lines that begin with # say nothing.</summary>
internal static class PathListReader
{
    /// <summary>What stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The paths of a file, or of standard input for <c>-</c>.</summary>
    /// <exception cref="CliException">The file cannot be read.</exception>
    public static IEnumerable<string> Read(string file, CliHost host)
    {
        using var reader = Open(file, host);
        while (reader.ReadLine() is { } line)
        {
            // Trim takes the carriage return of Windows' lists too; some begin with a byte order mark.
            var path = line.Trim().Trim('\uFEFF');
            if (path.Length > 0 && path[0] != '#')
            {
                yield return path;
            }
        }
    }

    private static TextReader Open(string file, CliHost host)
    {
        if (file == StandardInput)
        {
            return host.Input();
        }

        try
        {
            return File.OpenText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, $"the list of paths {file} cannot be read: {e.Message}");
        }
    }
}
