namespace MimicCxr.Cli.Daemon;

/// <summary>Where one daemon keeps what it needs to be found and to go on: socket, credentials, index, logs.</summary>
internal sealed record StateDirectory
{
    private const string Product = "mimic-cxr";

    private StateDirectory(string path, bool isChosen) => (Path, IsChosen) = (path, isChosen);

    /// <summary>The absolute path; the directory need not exist yet.</summary>
    public string Path { get; }

    /// <summary>Whether the user named it (by option or MIMIC_CXR_STATE) rather than leaving it to the default.</summary>
    public bool IsChosen { get; }

    /// <summary>The socket of the daemon's API.</summary>
    public string SocketPath => System.IO.Path.Combine(Path, "daemon.sock");

    /// <summary>The account that <c>login</c> keeps.</summary>
    public string CredentialsPath => System.IO.Path.Combine(Path, "credentials.json");

    /// <summary>What a daemon in the background writes to its standard output and error.</summary>
    public string OutputPath => System.IO.Path.Combine(Path, "daemon.out");

    /// <summary>A directory named outright.</summary>
    public static StateDirectory At(string path) => new(System.IO.Path.GetFullPath(path), isChosen: true);

    /// <summary>
    /// The option, else MIMIC_CXR_STATE, else $XDG_STATE_HOME/mimic-cxr, else ~/.local/state/mimic-cxr. Empty counts
    /// as unset, and so does a relative XDG_STATE_HOME (XDG base directory specification).
    /// </summary>
    public static StateDirectory Resolve(string? option, Func<string, string?> variable)
    {
        if (!string.IsNullOrEmpty(option))
        {
            return At(option);
        }

        if (variable("MIMIC_CXR_STATE") is { Length: > 0 } chosen)
        {
            return At(chosen);
        }

        if (variable("XDG_STATE_HOME") is { Length: > 0 } xdg && System.IO.Path.IsPathRooted(xdg))
        {
            return new(System.IO.Path.Combine(xdg, Product), isChosen: false);
        }

        var home = variable("HOME") is { Length: > 0 } set
            ? set
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new(System.IO.Path.Combine(home, ".local", "state", Product), isChosen: false);
    }

    /// <summary>Makes the directory, readable by its owner only, where it is missing.</summary>
    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
