using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary>What verbs over many files ask for: paths and globs within a data set, or none for all of it.</summary>
internal sealed class FileArguments
{
    private readonly DataSetOption _dataSet = new();

    /// <summary>Adds the argument and <c>--dataset</c> to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="more">What else a PATH may be, for <c>--help</c>.</param>
    public FileArguments(Command verb, string more = "")
    {
        Patterns = new("PATH|GLOB")
        {
            Description = "A file, a directory with all below it, or a glob (* ? [..] within a part, ** over parts), relative to the data set's root "
                + $"or below a mount point{more}",
            Arity = ArgumentArity.ZeroOrMore,
        };
        verb.Add(Patterns.RejectOptions());
        verb.Add(_dataSet);
    }

    /// <summary>The paths and globs.</summary>
    public Argument<string[]> Patterns { get; }

    /// <summary>The data set, or empty for the daemon's own.</summary>
    public string DataSet(ParseResult arguments) => _dataSet.Of(arguments);

    /// <summary>The paths and globs that were given.</summary>
    public string[] Given(ParseResult arguments) => arguments.GetValue(Patterns) ?? [];
}
