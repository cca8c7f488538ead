using System.Text;
using System.Text.RegularExpressions;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// A path or glob: <c>*</c>, <c>?</c> and <c>[..]</c> within a part, <c>**</c> over parts. A pattern that names a directory
/// stands for everything below it.
/// </summary>
internal sealed class PathPattern
{
    private readonly Regex _regex;

    /// <summary>Compiles a pattern.</summary>
    public PathPattern(string pattern)
    {
        pattern = pattern.Trim('/');
        // A name that is no glob, and the empty one for everything, are directories or files alike.
        _regex = new Regex(
            pattern.Length == 0 ? "" : $"^{Translate(pattern)}(/|$)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    /// <summary>Whether a file's path is meant.</summary>
    public bool IsMatch(string path) => _regex.IsMatch(path);

    private static string Translate(string glob)
    {
        var regex = new StringBuilder();
        for (var i = 0; i < glob.Length; i++)
        {
            var rest = glob.AsSpan(i);
            if (rest.StartsWith("**/"))
            {
                regex.Append("(.*/)?");
                i += 2;
            }
            else if (rest.StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else if (glob[i] == '[' && rest[1..].IndexOf(']') is > 0 and var end)
            {
                var set = glob.Substring(i + 1, end).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                regex.Append('[').Append(set[0] == '!' ? "^/" + set[1..] : set).Append(']');
                i += end + 1;
            }
            else
            {
                regex.Append(glob[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        return regex.ToString();
    }
}
