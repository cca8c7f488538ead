using System.IO.Enumeration;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Patterns in which '*' stands for any characters, slashes too, and '?' for one.</summary>
internal static class PathPattern
{
    /// <summary>Whether the whole path fits the pattern.</summary>
    public static bool Matches(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false);
}
