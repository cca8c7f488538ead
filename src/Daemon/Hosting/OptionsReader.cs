using System.Text.Json;

namespace MimicCxr.Daemon.Hosting;

/// <summary>
/// Collects options as texts: a flag wins over the environment (MIMIC_CXR_NAME), the environment over the key of the same
/// name in STATE/config.json. Nothing reads flags, environment or file after this.
/// </summary>
internal sealed class OptionsReader
{
    private const string StateDir = "state-dir";

    private static readonly HashSet<string> Switches = ["shared", "allow-other", "s3-path-style", "allow-public-bucket", "origin-path-style", "origin-requester-pays"];

    private static readonly HashSet<string> Valued =
    [
        StateDir, "dataset", "origin", "origin-endpoint", "origin-region", "origin-profile", "origin-project", "kaggle-endpoint", "archive", "user-agent", "store", "s3-endpoint", "s3-region", "s3-sse", "s3-storage-class", "spool-dir", "spool-size",
        "read-mode", "reports", "concurrency", "on-mismatch", "io-timeout", "log-level",
    ];

    /// <summary>Documented for a later version. As flags and keys they are unknown like any other; as variables they would be ignored in silence.</summary>
    private static readonly string[] Later = ["grpc-listen"];

    private readonly Dictionary<string, GivenOption> _given = [];

    private OptionsReader(IReadOnlyDictionary<string, string> environment) => Environment = environment;

    /// <summary>The environment at the start.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The state directory, absolute.</summary>
    public StateDirectory State { get; private set; } = new("");

    /// <summary>What is wrong with the form of the options.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Reads all sources.</summary>
    public static OptionsReader Read(IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment)
    {
        var reader = new OptionsReader(environment);
        reader.ReadFlags(args);
        reader.ReadEnvironment();
        reader.State = new StateDirectory(Path.GetFullPath(reader.FindStateDirectory()));
        reader.ReadConfig();
        return reader;
    }

    /// <summary>What was given for an option, or null.</summary>
    public GivenOption? Find(string name) => _given.GetValueOrDefault(name);

    private string FindStateDirectory()
    {
        if (Find(StateDir) is { } given)
        {
            if (given.Text.Length > 0)
            {
                return given.Text;
            }

            Errors.Add($"{given.Source} was given ''; allowed is a folder's path.");
        }

        return Environment.TryGetValue("MIMIC_CXR_STATE", out var named) && named.Length > 0 ? named : StateDirectory.Default(Environment);
    }

    private void ReadFlags(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var before, var after] ? (before, after) : (args[i], null);
            if (!name.StartsWith("--", StringComparison.Ordinal) || !(Switches.Contains(name[2..]) || Valued.Contains(name[2..])))
            {
                Errors.Add($"'{args[i]}' is no option. Known are: {string.Join(", ", Valued.Concat(Switches).Select(known => "--" + known))}.");
                continue;
            }

            var isSwitch = Switches.Contains(name[2..]);
            if (value is null && !isSwitch && ++i == args.Count)
            {
                Errors.Add($"{name} needs a value.");
                return;
            }

            _given[name[2..]] = new GivenOption(value ?? (isSwitch ? "true" : args[i]), name);
        }
    }

    private void ReadEnvironment()
    {
        foreach (var name in Valued.Concat(Switches).Where(name => name != StateDir))
        {
            if (FindVariable(name) is { } given)
            {
                _given.TryAdd(name, given);
            }
        }

        Errors.AddRange(Later.Select(FindVariable).OfType<GivenOption>().Select(given => $"{given.Source} is set, but is no option of this version."));
    }

    private GivenOption? FindVariable(string name)
    {
        var variable = "MIMIC_CXR_" + name.ToUpperInvariant().Replace('-', '_');
        return Environment.TryGetValue(variable, out var text) && text.Length > 0 ? new GivenOption(text, variable) : null;
    }

    private void ReadConfig()
    {
        if (!File.Exists(State.Config))
        {
            return;
        }

        try
        {
            using var config = JsonDocument.Parse(
                File.ReadAllText(State.Config), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            foreach (var property in config.RootElement.EnumerateObject())
            {
                if (property.Name == StateDir || !(Switches.Contains(property.Name) || Valued.Contains(property.Name)))
                {
                    Errors.Add($"{State.Config}: '{property.Name}' is no option.");
                    continue;
                }

                var text = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
                _given.TryAdd(property.Name, new GivenOption(text, $"'{property.Name}' in {State.Config}"));
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            Errors.Add($"{State.Config} cannot be read as a JSON object: {e.Message}");
        }
    }
}
