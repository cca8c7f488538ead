namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Tells a killed process from a machine that lost power. The first leaves whole files; after the second the last
/// blocks of a file may never have reached the disk, and nothing in the spool is trusted. The kernel's boot id tells them apart.
/// </summary>
internal sealed class MachineCrash(string directory)
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private readonly string _lastBoot = Path.Combine(directory, "boot-id");
    private readonly string _cleanMark = Path.Combine(directory, "clean");

    /// <summary>Whether the machine stopped under the last run; call once, at the start.</summary>
    public bool HappenedSinceTheLastRun()
    {
        var boot = File.Exists(BootId) ? File.ReadAllText(BootId) : "";
        var crashed = File.Exists(_lastBoot) && File.ReadAllText(_lastBoot) != boot && !File.Exists(_cleanMark);
        File.WriteAllText(_lastBoot, boot);
        File.Delete(_cleanMark);
        return crashed;
    }

    /// <summary>Call at a clean end: whatever is done until the next start can be trusted.</summary>
    public void MarkClean()
    {
        using var mark = File.OpenHandle(_cleanMark, FileMode.Create, FileAccess.Write);
        RandomAccess.FlushToDisk(mark);
    }
}
