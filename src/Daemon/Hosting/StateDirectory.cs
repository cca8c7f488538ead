namespace MimicCxr.Daemon.Hosting;

/// <summary>The folder of one daemon: what it holds, and that it is the only one there.</summary>
internal sealed record StateDirectory(string Root)
{
    // What a lock that somebody else has looks like: flock(2), and LockFile of Windows.
    private const int WouldBlock = 11;
    private const int WouldBlockMacOS = 35;
    private const int SharingViolation = 32;

    /// <summary>The API's unix socket.</summary>
    public string Socket => Path.Combine(Root, "daemon.sock");

    /// <summary>The SQLite index.</summary>
    public string Index => Path.Combine(Root, "index.db");

    /// <summary>The catalogues as files that are quick to read.</summary>
    public string Catalogs => Path.Combine(Root, "catalogs");

    /// <summary>The directories of archives that are read by Range.</summary>
    public string Archives => Path.Combine(Root, "archives");

    /// <summary>Options that hold unless a flag or the environment says otherwise.</summary>
    public string Config => Path.Combine(Root, "config.json");

    /// <summary>The account that <c>login</c> kept.</summary>
    public string Credentials => Path.Combine(Root, "credentials.json");

    /// <summary>The log.</summary>
    public string Log => Path.Combine(Root, "daemon.log");

    /// <summary>The default spool.</summary>
    public string Spool => Path.Combine(Root, "spool");

    /// <summary>The default store.</summary>
    public string Store => Path.Combine(Root, "store");

    /// <summary>The folder used when none is named: <c>$XDG_STATE_HOME/mimic-cxr</c>, by default below <c>~/.local/state</c>.</summary>
    public static string Default(IReadOnlyDictionary<string, string> environment) => Path.Combine(
        environment.TryGetValue("XDG_STATE_HOME", out var state) && Path.IsPathRooted(state)
            ? state
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
        "mimic-cxr");

    /// <summary>Makes the folder, for its owner only, and takes the lock that a daemon holds as long as it lives.</summary>
    /// <exception cref="StartException">The folder cannot be used, or another daemon has it.</exception>
    public FileStream Lock()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Root);
            }
            else
            {
                Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.Failed, $"The state directory {Root} cannot be made: {e.Message}. Choose another with --state-dir.", e);
        }

        try
        {
            // .NET locks with flock(2), which the kernel lets go whatever way the process ends.
            return new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is WouldBlock or WouldBlockMacOS or SharingViolation)
        {
            throw new StartException(
                ExitCode.Failed, $"A daemon is already running in {Root}. Use it, stop it with 'mimic-cxr daemon stop', or choose another --state-dir.", e);
        }
        catch (IOException e)
        {
            throw new StartException(ExitCode.Failed, $"The state directory {Root} cannot be used: {e.Message} Choose another with --state-dir.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartException(ExitCode.Failed, $"The state directory {Root} belongs to somebody else. Choose another with --state-dir.", e);
        }
    }
}
