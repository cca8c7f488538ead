using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli;

/// <summary>The entry point of <c>mimic-cxr</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is [ProgramReplacement.DetachedVerb, var output, var program, .. var rest])
        {
            return (int)BecomeDetached(output, program, rest);
        }

        using var signals = new SignalCancellation();
        using var terminal = Terminal.OfProcess();
        return (int)await CliApplication.RunAsync(arguments, new CliHost { Terminal = terminal }, signals.Token);
    }

    private static ExitCode BecomeDetached(string output, string program, string[] arguments)
    {
        try
        {
            return ProgramReplacement.BecomeDetached(output, program, arguments);
        }
        catch (Exception e)
        {
            var (exitCode, message) = Failure.Describe(e, isInterrupted: false);
            Console.Error.WriteLine($"mimic-cxr: {message}");
            return exitCode;
        }
    }
}
