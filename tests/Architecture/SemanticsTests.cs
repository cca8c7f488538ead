using System.Text.RegularExpressions;

namespace MimicCxr.Architecture;

/// <summary>docs/SEMANTICS.md: a table row a promise, the last column naming the tests that hold it.</summary>
public sealed partial class SemanticsTests
{
    private const string Document = "docs/SEMANTICS.md";

    [Fact]
    public void Promises_AllOfThem_NameATest()
    {
        var rows = Rows();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Matches(TestName(), row[^1]));
    }

    [Fact]
    public void Promises_EveryTestNamed_Exists()
    {
        var sources = Repository.Sources("tests").Select(Repository.Read).ToList();
        var missing = Rows()
            .SelectMany(row => TestName().Matches(row[^1]))
            .Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value))
            .Where(test => !sources.Any(source => Holds(source, test.Class, test.Method)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Holds_ClassWithoutTheMethodOrMethodThatIsNoTest_IsFalse()
    {
        const string Source = "public sealed class SomeTests\n{\n    [Fact]\n    public void Do_It_Works()\n    {\n    }\n\n    private void Help()\n    {\n    }\n}\n";

        Assert.True(Holds(Source, "SomeTests", "Do_It_Works"));
        Assert.False(Holds(Source, "SomeTests", "Do_It"));
        Assert.False(Holds(Source, "SomeTests", "Help"));
        Assert.False(Holds(Source, "Some", "Do_It_Works"));
    }

    private static List<string[]> Rows() =>
    [
        .. Repository.Read(Document).Split('\n')
            .Where(line => line.StartsWith('|') && !line.StartsWith("| promise |", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
            .Select(line => line.Trim().Trim('|').Split('|')),
    ];

    /// <summary>Whether a source has the class, and in it the method with [Fact] or [Theory] on it.</summary>
    private static bool Holds(string source, string className, string method)
    {
        if (!Regex.IsMatch(source, $@"\bclass {Regex.Escape(className)}\b"))
        {
            return false;
        }

        var declaration = Regex.Match(source, $@"(?m)^\s+public [\w<>\[\]]+( [\w<>\[\]]+)* {Regex.Escape(method)}\(");
        // The attributes stand between the method and the blank line or brace before it.
        var before = source.AsSpan(0, declaration.Index);
        var member = before[(Math.Max(before.LastIndexOf("\n\n"), before.LastIndexOf("{\n")) + 1)..];
        return declaration.Success && (member.Contains("[Fact", StringComparison.Ordinal) || member.Contains("[Theory", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex TestName();
}
