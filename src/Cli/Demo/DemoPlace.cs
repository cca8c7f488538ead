using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Demo;

/// <summary>The folders of a demo, all of which go away again.</summary>
internal sealed class DemoPlace : IDisposable
{
    private readonly string _root;
    private readonly bool _ownsMountPoint;

    private DemoPlace(string root, string mountPoint, bool ownsMountPoint)
    {
        _root = root;
        _ownsMountPoint = ownsMountPoint;
        MountPoint = mountPoint;
        State = StateDirectory.At(Path.Combine(root, "state"));
    }

    /// <summary>The daemon's state.</summary>
    public StateDirectory State { get; }

    /// <summary>The data sets that the origin serves.</summary>
    public string DataSets => Path.Combine(_root, "physionet");

    /// <summary>Where the mount appears.</summary>
    public string MountPoint { get; }

    /// <summary>
    /// Makes the folders: below a state directory that the user chose, else in the system's folder for temporary files.
    /// </summary>
    /// <param name="chosen">What the command line and environment say.</param>
    /// <param name="mountPoint">The mount point, or null for one among the folders.</param>
    /// <param name="cancellationToken">Ends the waiting for an old demo's daemon to answer.</param>
    /// <exception cref="CliException">Another demo runs there, or the mount point is not empty.</exception>
    public static async Task<DemoPlace> CreateAsync(StateDirectory chosen, string? mountPoint, CancellationToken cancellationToken)
    {
        if (mountPoint is not null && Directory.Exists(mountPoint) && Directory.EnumerateFileSystemEntries(mountPoint).Any())
        {
            throw new CliException(ExitCode.Failed, $"{mountPoint} is not empty; a mount needs an empty directory");
        }

        string root;
        if (chosen.IsChosen)
        {
            root = Path.Combine(chosen.Path, "demo");
            await ClearAsync(root, cancellationToken);
            chosen.Create();
            Directory.CreateDirectory(root);
        }
        else
        {
            root = Directory.CreateTempSubdirectory("mimic-cxr-demo-").FullName;
        }

        var path = mountPoint ?? Path.Combine(root, "mnt");
        var isMissing = !Directory.Exists(path);
        Directory.CreateDirectory(path);
        return new(root, path, isMissing);
    }

    /// <summary>Removes the folders; the mount must be gone.</summary>
    public void Dispose()
    {
        // Never recursively: were the mount still there, this would walk into it.
        if (_ownsMountPoint && Directory.Exists(MountPoint) && !Directory.EnumerateFileSystemEntries(MountPoint).Any())
        {
            Directory.Delete(MountPoint);
        }

        foreach (var folder in new[] { State.Path, DataSets })
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        if (Directory.Exists(_root) && !Directory.EnumerateFileSystemEntries(_root).Any())
        {
            Directory.Delete(_root);
        }
    }

    // What a demo left that was killed, unless its daemon is still at it.
    private static async Task ClearAsync(string root, CancellationToken cancellationToken)
    {
        var old = StateDirectory.At(Path.Combine(root, "state"));
        using var connection = await DaemonConnection.TryOpenAsync(old, cancellationToken);
        if (connection is not null)
        {
            throw new CliException(
                ExitCode.Failed, $"a demo runs there already; end it with: mimic-cxr --state-dir {old.Path} daemon stop");
        }

        foreach (var folder in new[] { old.Path, Path.Combine(root, "physionet") })
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
