using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The spool's files on the disk: <c>partial/</c> for what is being written, emptied at each start, and <c>blobs/</c> for what
/// is whole and checked.
/// </summary>
internal sealed class SpoolFolder
{
    /// <summary>What was written longer ago than this the kernel has put on the disk by itself (vm.dirty_expire_centisecs is 30 s).</summary>
    private static readonly TimeSpan WriteBack = TimeSpan.FromMinutes(1);

    private readonly string _partial;
    private readonly string _blobs;
    private readonly MachineCrash _crash;

    public SpoolFolder(string directory)
    {
        _partial = Path.Combine(directory, "partial");
        _blobs = Path.Combine(directory, "blobs");
        _crash = new MachineCrash(directory);
    }

    /// <summary>The blobs that an earlier run left, the one used longest ago first. Whatever else is there is removed.</summary>
    public IEnumerable<(SpoolKey Key, string Path, long Length)> TakeOver(ILogger logger)
    {
        Directory.CreateDirectory(_blobs);
        if (Directory.Exists(_partial))
        {
            Directory.Delete(_partial, recursive: true);
        }

        Directory.CreateDirectory(_partial);
        if (_crash.HappenedSinceTheLastRun())
        {
            logger.LogWarning("The machine stopped without warning: the spool is emptied, its blobs are fetched again when needed.");
            Directory.Delete(_blobs, recursive: true);
            Directory.CreateDirectory(_blobs);
        }

        foreach (var found in new DirectoryInfo(_blobs).EnumerateFiles().OrderBy(file => file.LastAccessTimeUtc))
        {
            if (SpoolKey.TryParse(found.Name, out var key))
            {
                yield return (key.Value, found.FullName, found.Length);
            }
            else
            {
                found.Delete();
            }
        }
    }

    /// <summary>Creates the file that a transfer writes.</summary>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public SafeFileHandle CreatePartial(SpoolKey key)
    {
        return InFolder(_partial, () => File.OpenHandle(
            PartialPath(key), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
    }

    /// <summary>Removes what a transfer wrote that failed.</summary>
    public void DeletePartial(SpoolKey key)
    {
        if (Directory.Exists(_partial))
        {
            File.Delete(PartialPath(key));
        }
    }

    /// <summary>Where a blob stands.</summary>
    public string BlobPath(SpoolKey key) => Path.Combine(_blobs, key.ToString());

    /// <summary>What a transfer wrote becomes a blob, in place of one that is there.</summary>
    public void Keep(SpoolKey key) => InFolder(_blobs, () =>
    {
        File.Move(PartialPath(key), BlobPath(key), overwrite: true);
        return true;
    });

    /// <summary>Call at a clean end: puts the last blobs on the disk, and marks that all can be trusted even if the machine restarts.</summary>
    public void MarkClean()
    {
        try
        {
            foreach (var recent in new DirectoryInfo(_blobs).EnumerateFiles().Where(file => DateTime.UtcNow - file.LastWriteTimeUtc < WriteBack))
            {
                using var handle = File.OpenHandle(recent.FullName); // to be read: what is in a folder store as well is read-only
                RandomAccess.FlushToDisk(handle);
            }

            _crash.MarkClean();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not marked: nothing is trusted after a restart of the machine.
        }
    }

    /// <summary>Somebody may have removed a folder while the daemon runs; that costs fetches, not errors.</summary>
    private static T InFolder<T>(string folder, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            Directory.CreateDirectory(folder);
            return action();
        }
    }

    private string PartialPath(SpoolKey key) => Path.Combine(_partial, key.ToString());
}
