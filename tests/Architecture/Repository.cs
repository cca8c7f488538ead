using System.Text.RegularExpressions;

namespace MimicCxr.Architecture;

/// <summary>The files of this repository, as they stand beside these tests.</summary>
internal static partial class Repository
{
    /// <summary>The folder of MimicCxr.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The hand-written sources below a folder, as paths from the root.</summary>
    public static IReadOnlyList<string> Sources(string folder)
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        Assert.NotEmpty(sources);
        return sources;
    }

    /// <summary>A file's text.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A source without its comments and the contents of its strings: what the compiler acts upon.</summary>
    public static string ReadCode(string path) => NoCode().Replace(Read(path), match => match.Value[0] == '/' ? "" : "\"\"");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MimicCxr.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No MimicCxr.sln above {AppContext.BaseDirectory}: these tests run from a clone's build output.");
    }

    // Raw and ordinary strings before comments, which may look alike within them ("https://").
    [GeneratedRegex("""""""(?s)"{3,}.*?"{3,}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.[^'\n]*|[^'\\\n])'|//[^\n]*|/\*.*?\*/""""""")]
    private static partial Regex NoCode();
}
