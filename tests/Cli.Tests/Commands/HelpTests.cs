using System.CommandLine;
using MimicCxr.Cli.Commands;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class HelpTests
{
    public static TheoryData<string> EveryLevel()
    {
        using var terminal = new Terminal(Stream.Null, TextWriter.Null, false, false);
        return [.. Levels(new RootVerb(new CliHost { Terminal = terminal }), "")];
    }

    [Theory]
    [MemberData(nameof(EveryLevel))]
    public async Task Help_AtEveryLevel_EndsWithAnExampleThatParses(string level)
    {
        using var run = new CliRun();

        var exitCode = await run.RunAsync([.. level.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Empty(run.Error);
        var examples = run.Out.Split('\n').SkipWhile(line => !line.StartsWith("Example", StringComparison.Ordinal)).Skip(1)
            .Where(line => line.Length > 0).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => AssertParses(example, level));
    }

    [Fact]
    public async Task Help_OfMount_ListsTheDaemonsOptions()
    {
        using var run = new CliRun();

        await run.RunAsync("mount", "--help");

        Assert.Contains("--spool-size <SIZE>", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("additional arguments", run.Out, StringComparison.OrdinalIgnoreCase);
    }

    private static void AssertParses(string example, string level)
    {
        using var terminal = new Terminal(Stream.Null, TextWriter.Null, false, false);
        var command = example[example.IndexOf("mimic-cxr ", StringComparison.Ordinal)..];
        var words = command.Split('|')[0].Replace("'", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains($" {level}", command, StringComparison.Ordinal);
        var parsed = new RootVerb(new CliHost { Terminal = terminal }).Parse(words[1..]);
        Assert.Empty(parsed.Errors);
        Assert.Empty(parsed.UnmatchedTokens);
    }

    private static IEnumerable<string> Levels(Command command, string path)
    {
        yield return path;
        foreach (var below in command.Subcommands)
        {
            foreach (var level in Levels(below, $"{path} {below.Name}".Trim()))
            {
                yield return level;
            }
        }
    }
}
