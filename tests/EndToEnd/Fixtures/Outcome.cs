namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>What a program that ended left behind.</summary>
internal sealed record Outcome(string CommandLine, int ExitCode, string Output, string Errors)
{
    /// <summary>Fails the test, with everything the program said, unless it ended with 0.</summary>
    public Outcome Succeeded()
    {
        Assert.True(ExitCode == 0, $"{CommandLine} ended with {ExitCode}\n{Output}{Errors}");
        return this;
    }
}
