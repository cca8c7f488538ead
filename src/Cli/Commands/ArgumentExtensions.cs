using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary>What all arguments here have in common.</summary>
internal static class ArgumentExtensions
{
    /// <summary>
    /// Refuses values that begin with a dash: System.CommandLine would take a mistyped option for the argument, and
    /// <c>mount --alow-other</c> would make a directory of that name. A path like that can be given as ./-name; a dash alone is no option.
    /// </summary>
    public static Argument<T> RejectOptions<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.StartsWith('-') && token.Value != "-")
                {
                    result.AddError($"unknown option: {token.Value}");
                }
            }
        });
        return argument;
    }
}
