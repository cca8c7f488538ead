using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MimicCxr.Cli.Commands;

/// <summary>The usual help, with the examples of the level it is asked at after it.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        // Verbs that hand unknown options to the daemon would get a section about "additional arguments" otherwise.
        var command = parseResult.CommandResult.Command;
        command.TreatUnmatchedTokensAsErrors = true;
        var result = usual.Invoke(parseResult);
        if (command is IShowsExamples { Examples: var examples })
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return result;
    }
}
