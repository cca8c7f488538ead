using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary><c>--selection NAME</c>, which this version does not have yet: said clearly, instead of verifying or pricing everything.</summary>
internal static class SelectionOption
{
    /// <summary>Adds the option to a verb.</summary>
    public static void AddTo(Command verb)
    {
        var selection = new Option<string?>("--selection") { HelpName = "NAME", Description = "The files of a selection (not in this version)" };
        verb.Add(selection);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(selection) is not null)
            {
                result.AddError("--selection: this version makes no selections yet; name the files by PATH or GLOB");
            }
        });
    }
}
