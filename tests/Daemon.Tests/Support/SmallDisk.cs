using System.Diagnostics;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A file system of few bytes; needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int kilobytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A small disk is a tmpfs, and mounting one needs root.");
        Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", _folder.Path);
    }

    public string Path => _folder.Path;

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
