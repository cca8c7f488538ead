using System.CommandLine;
using System.CommandLine.Invocation;
using MimicCxr.Cli.Commands;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli;

/// <summary>Runs one command line from its arguments to its exit code.</summary>
internal static class CliApplication
{
    /// <summary>Parses, runs, and says in one line what went wrong, if something did.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="host">The world around.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C and SIGTERM.</param>
    public static async Task<ExitCode> RunAsync(
        IReadOnlyList<string> arguments, CliHost host, CancellationToken cancellationToken)
    {
        var terminal = host.Terminal;
        try
        {
            // No response files: a path may begin with @.
            var parsed = new RootVerb(host).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction)
            {
                return ReportUsage(parsed, terminal);
            }

            var result = await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
            await terminal.Out.FlushAsync(CancellationToken.None);
            return (ExitCode)result;
        }
        catch (Exception e)
        {
            var (exitCode, message) = Failure.Describe(e, cancellationToken.IsCancellationRequested);
            if (exitCode != ExitCode.Done)
            {
                FlushWhatIsThere(terminal);
            }

            if (message is not null)
            {
                terminal.Note(message);
            }

            return exitCode;
        }
    }

    private static ExitCode ReportUsage(ParseResult parsed, Terminal terminal)
    {
        foreach (var error in parsed.Errors)
        {
            terminal.Note(error.Message);
        }

        var path = new List<string>();
        for (var level = parsed.CommandResult; level?.Parent is System.CommandLine.Parsing.CommandResult parent; level = parent)
        {
            path.Insert(0, level.Command.Name);
        }

        terminal.Note($"see {string.Join(' ', ["mimic-cxr", .. path, "--help"])}");
        return ExitCode.Usage;
    }

    // Lines that were ready when the command failed belong to the reader; that it may have left is no second failure.
    private static void FlushWhatIsThere(Terminal terminal)
    {
        try
        {
            terminal.Out.Flush();
        }
        catch (IOException)
        {
        }
        catch (OutputClosedException)
        {
        }
    }
}
