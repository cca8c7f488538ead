using System.Diagnostics;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A file system of its own, in memory; needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int kilobytes)
        : this("tmpfs", $"size={kilobytes}k")
    {
    }

    private SmallDisk(string kind, string options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a disk needs root.");
        Run("mount", "-t", kind, "-o", options, kind, _folder.Path);
    }

    public string Path => _folder.Path;

    /// <summary>One that keeps no extended attributes; of any size.</summary>
    public static SmallDisk WithoutAttributes() => new("ramfs", "mode=755");

    public void Dispose()
    {
        Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
