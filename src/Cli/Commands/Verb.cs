using System.CommandLine;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary>One verb of the command line. Derived classes add their arguments and say what they do.</summary>
internal abstract class Verb : Command, IShowsExamples
{
    /// <summary>Creates the verb.</summary>
    /// <param name="host">The world around.</param>
    /// <param name="name">The word that users type.</param>
    /// <param name="description">One sentence for <c>--help</c>.</param>
    /// <param name="examples">Whole command lines, shown by <c>--help</c>.</param>
    protected Verb(CliHost host, string name, string description, params string[] examples)
        : base(name, description)
    {
        Host = host;
        Examples = examples;
        SetAction(async (arguments, cancellationToken) => (int)await RunAsync(arguments, cancellationToken));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>The world around.</summary>
    protected CliHost Host { get; }

    /// <summary>Where results and messages go.</summary>
    protected Terminal Terminal => Host.Terminal;

    /// <summary>Does what the verb says.</summary>
    /// <exception cref="Exception">Whatever went wrong; <see cref="Failure"/> turns it into a line and an exit code.</exception>
    protected abstract Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken);
}
