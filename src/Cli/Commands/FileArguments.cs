using System.CommandLine;
using Google.Protobuf.Collections;

namespace MimicCxr.Cli.Commands;

/// <summary>What verbs over many files ask for: paths and globs within a data set, or none for all of it.</summary>
internal sealed class FileArguments
{
    private readonly Argument<string[]> _patterns = new("PATH|GLOB")
    {
        Description = "A file, a directory with all below it, or a glob (* ? [..] within a part, ** over parts), relative to the data set's root "
            + "or below a mount point",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _dataSet = new(DaemonOptions.DataSet)
    {
        HelpName = "SLUG/VERSION",
        Description = "Another data set than the daemon's default",
    };

    /// <summary>Adds the argument and the option to a verb.</summary>
    public FileArguments(Command verb)
    {
        verb.Add(_patterns.RejectOptions());
        verb.Add(_dataSet);
    }

    /// <summary>The data set, or empty for the daemon's own.</summary>
    public string DataSet(ParseResult arguments) => arguments.GetValue(_dataSet) ?? "";

    /// <summary>Takes the patterns over into a request.</summary>
    public void AddTo(RepeatedField<string> patterns, ParseResult arguments) =>
        patterns.AddRange(arguments.GetValue(_patterns) ?? []);
}
