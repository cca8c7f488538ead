using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary>What <c>ls</c>, <c>stat</c> and <c>cat</c> ask for: a path within a data set.</summary>
internal sealed class EntryArguments
{
    private readonly Argument<string> _path;
    private readonly DataSetOption _dataSet = new();

    /// <summary>Adds the argument and the option to a verb.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="defaultPath">The path when none is given; null when one must be.</param>
    public EntryArguments(Command verb, string? defaultPath = null)
    {
        _path = new("PATH") { Description = "Relative to the data set's root, such as files/p10" };
        if (defaultPath is not null)
        {
            _path.DefaultValueFactory = _ => defaultPath;
        }

        verb.Add(_path.RejectOptions());
        verb.Add(_dataSet);
    }

    /// <summary>The path as the API wants it.</summary>
    public string Path(ParseResult arguments) => Normalize(arguments.GetRequiredValue(_path));

    /// <summary>The data set, or empty for the daemon's own.</summary>
    public string DataSet(ParseResult arguments) => _dataSet.Of(arguments);

    /// <summary>No slash at either end and no "./" in front; "" for the root.</summary>
    public static string Normalize(string path)
    {
        path = path.Trim('/');
        while (path.StartsWith("./", StringComparison.Ordinal))
        {
            path = path[2..].TrimStart('/');
        }

        return path == "." ? "" : path;
    }
}
