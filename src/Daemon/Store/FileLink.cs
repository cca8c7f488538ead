using System.Runtime.InteropServices;

namespace MimicCxr.Daemon.Store;

/// <summary>A second name for a file that does not change any more, so that its bytes are on the disk once.</summary>
internal static partial class FileLink
{
    private const UnixFileMode Writable = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Gives a file another name, where both are on one file system and that can do it. The file becomes read-only: nobody is
    /// to edit it under one name and find it changed under the other.
    /// </summary>
    /// <returns>False when it could not be done, whatever the reason: who copies instead will be told a better one.</returns>
    public static bool TryCreate(string file, string name)
    {
        if (OperatingSystem.IsWindows() || Link(file, name) != 0)
        {
            return false;
        }

        File.SetUnixFileMode(name, File.GetUnixFileMode(name) & ~Writable);
        return true;
    }

    /// <summary>link(2), for which .NET has no name.</summary>
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);
}
