namespace MimicCxr.Cli.Commands;

/// <summary>A level of the command line whose <c>--help</c> ends with examples.</summary>
internal interface IShowsExamples
{
    /// <summary>Whole command lines.</summary>
    IReadOnlyList<string> Examples { get; }
}
