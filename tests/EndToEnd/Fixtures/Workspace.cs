using System.Diagnostics;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>A temporary folder for one test. In the end nothing in it stays mounted and it is gone.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    /// <summary>The folder. Short, for a unix socket's address below it must not exceed 107 bytes.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("e2e-").FullName;

    /// <summary>A path in the workspace.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Makes a folder.</summary>
    public string Folder(string name) => Directory.CreateDirectory(this[name]).FullName;

    /// <summary>Mount points at or below a folder, the deepest first.</summary>
    public static IReadOnlyList<string> MountsBelow(string folder) =>
        [.. File.ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(' ')[4])
            .Where(path => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal))
            .OrderByDescending(path => path.Length)];

    /// <summary>Numbers of the processes that were told a path of this folder on their command line.</summary>
    public static IReadOnlyList<int> ProcessesNaming(string folder)
    {
        var found = new List<int>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    if (File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(folder, StringComparison.Ordinal))
                    {
                        found.Add(process.Id);
                    }
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // It has ended, or is another user's.
                }
            }
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in ProcessesNaming(Root))
        {
            // Daemons that a test started through the command, in the background.
            using var kill = Process.Start("/bin/kill", ["-KILL", $"{id}"]);
            await kill.WaitForExitAsync(CancellationToken.None);
        }

        foreach (var mountpoint in MountsBelow(Root))
        {
            using var unmount = Environment.IsPrivilegedProcess
                ? Process.Start("umount", ["-l", mountpoint])
                : Process.Start("fusermount3", ["-uz", mountpoint]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }

        Directory.Delete(Root, recursive: true);
    }
}
