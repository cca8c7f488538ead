using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary>A word that only holds verbs, such as <c>daemon</c>.</summary>
internal sealed class VerbGroup : Command, IShowsExamples
{
    /// <summary>Creates the group.</summary>
    /// <param name="name">The word that users type.</param>
    /// <param name="description">One sentence for <c>--help</c>.</param>
    /// <param name="example">A whole command line, shown by <c>--help</c>.</param>
    /// <param name="verbs">What it holds.</param>
    public VerbGroup(string name, string description, string example, params Verb[] verbs)
        : base(name, description)
    {
        Examples = [example];
        foreach (var verb in verbs)
        {
            Add(verb);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; }
}
