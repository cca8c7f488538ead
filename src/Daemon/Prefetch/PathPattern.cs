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
    /// <exception cref="ArgumentException">A range in <c>[..]</c> has its ends the wrong way round, or the pattern is too long.</exception>
    public PathPattern(string pattern)
    {
        // As in any path: empty parts and '.' mean nothing.
        var path = string.Join('/', pattern.Split('/').Where(part => part is not ("" or ".")));
        try
        {
            // A name that is no glob, and the empty one for everything, are directories or files alike.
            _regex = new Regex(path.Length == 0 ? "" : $"^{Translate(path)}(/|$)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (RegexParseException e)
        {
            throw new ArgumentException($"'{pattern}' is no pattern: a range in [..] goes from the smaller character to the larger one, as in [0-9].", e);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException($"A pattern of {pattern.Length} characters is too long.", e);
        }
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
            else if (rest[0] == '[' && SetLength(rest) is > 0 and var length)
            {
                AppendSet(regex, rest[1..(length - 1)]);
                i += length - 1;
            }
            else
            {
                regex.Append(glob[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        return regex.ToString();
    }

    /// <summary>Characters of the set that a glob begins with, brackets included; 0 where it is not closed.</summary>
    private static int SetLength(ReadOnlySpan<char> glob)
    {
        // A ']' that comes first is one of the set.
        var first = glob.Length > 1 && glob[1] is '!' or '^' ? 2 : 1;
        var end = glob.Length > first + 1 ? glob[(first + 1)..].IndexOf(']') : -1;
        return end < 0 ? 0 : first + 1 + end + 1;
    }

    private static void AppendSet(StringBuilder regex, ReadOnlySpan<char> set)
    {
        regex.Append('[');
        if (set[0] is '!' or '^')
        {
            regex.Append('^');
            set = set[1..];
        }

        for (var i = 0; i < set.Length; i++)
        {
            var isItself = set[i] is '\\' or '[' or ']' or '^' || (set[i] == '-' && (i == 0 || i == set.Length - 1));
            regex.Append(isItself ? "\\" : "").Append(set[i]);
        }

        // Without '/', whatever the set says: it stays within a part.
        regex.Append("-[/]]");
    }
}
