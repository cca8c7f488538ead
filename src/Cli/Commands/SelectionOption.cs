using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary><c>--selection NAME</c> on a verb over files.</summary>
internal sealed class SelectionOption : Option<string?>
{
    /// <summary>Creates it.</summary>
    public SelectionOption()
        : base("--selection")
    {
        HelpName = "NAME";
        Description = "The images of a selection (see mimic-cxr select)";
    }

    /// <summary>What was given, or empty.</summary>
    public string Of(ParseResult arguments) => arguments.GetValue(this) ?? "";
}
