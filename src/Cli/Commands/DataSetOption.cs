using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary><c>--dataset</c> on a verb that asks a running daemon.</summary>
internal sealed class DataSetOption : Option<string?>
{
    /// <summary>Creates it.</summary>
    public DataSetOption()
        : base(DaemonOptions.DataSet)
    {
        HelpName = "SLUG/VERSION";
        Description = "Another data set than the daemon's default";
    }

    /// <summary>What was given, or empty for the daemon's own.</summary>
    public string Of(ParseResult arguments) => arguments.GetValue(this) ?? "";
}
