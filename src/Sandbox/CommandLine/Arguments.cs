using System.Globalization;

namespace MimicCxr.Sandbox.CommandLine;

/// <summary>Arguments of a verb: one folder, then options of the form "--name value", or "--name" alone for switches.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> _options = new(StringComparer.Ordinal);

    /// <summary>Reads the arguments.</summary>
    /// <param name="arguments">All that follow the verb.</param>
    /// <param name="options">Names that take a value, without dashes.</param>
    /// <param name="switches">Names that take none.</param>
    /// <exception cref="UsageException">Something is unknown, missing or too much.</exception>
    public Arguments(ReadOnlySpan<string> arguments, string[] options, string[] switches)
    {
        string? folder = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                folder = folder is null ? argument : throw new UsageException($"unexpected argument '{argument}'");
                continue;
            }

            var name = argument[2..];
            if (switches.Contains(name))
            {
                Values(name).Add("");
            }
            else if (!options.Contains(name))
            {
                throw new UsageException($"unknown option '{argument}'");
            }
            else if (++i < arguments.Length)
            {
                Values(name).Add(arguments[i]);
            }
            else
            {
                throw new UsageException($"option '{argument}' needs a value");
            }
        }

        Folder = folder ?? throw new UsageException("a folder is needed");
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Whether a switch was given.</summary>
    public bool Has(string name) => _options.ContainsKey(name);

    /// <summary>All values of an option that may be repeated.</summary>
    public IReadOnlyList<string> All(string name) => _options.TryGetValue(name, out var values) ? values : [];

    /// <summary>The last value of an option, or null.</summary>
    public string? Text(string name) => All(name) is [.., var last] ? last : null;

    /// <summary>The last value of an option as a number from 0 on, or null.</summary>
    public int? Number(string name) => Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"--{name} is '{text}'; allowed: a whole number, 0 or more");

    private List<string> Values(string name)
    {
        if (!_options.TryGetValue(name, out var values))
        {
            _options[name] = values = [];
        }

        return values;
    }
}
