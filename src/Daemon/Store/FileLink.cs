using System.Runtime.InteropServices;

namespace MimicCxr.Daemon.Store;

/// <summary>A second name for a file that does not change any more, so that its bytes are on the disk once.</summary>
internal static partial class FileLink
{
    // errno-base.h and errno.h of asm-generic.
    private const int NotPermitted = 1;
    private const int CrossDevice = 18;
    private const int TooManyLinks = 31;
    private const int NotSupported = 95;

    private const UnixFileMode Writable = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// Gives a file another name, where both are on one file system and that can do it. The file becomes read-only: nobody is
    /// to edit it under one name and find it changed under the other.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its other name; one that is there already is left alone.</param>
    /// <param name="isImpossible">Whether it need not be tried again in these folders.</param>
    /// <returns>False when it could not be done, whatever the reason: who copies instead will be told a better one.</returns>
    public static bool TryCreate(string file, string name, out bool isImpossible)
    {
        isImpossible = OperatingSystem.IsWindows();
        if (isImpossible)
        {
            return false;
        }

        if (Link(file, name) != 0)
        {
            isImpossible = Marshal.GetLastPInvokeError() is NotPermitted or CrossDevice or TooManyLinks or NotSupported;
            return false;
        }

        File.SetUnixFileMode(name, File.GetUnixFileMode(name) & ~Writable);
        return true;
    }

    /// <summary>link(2), for which .NET has no name.</summary>
    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);
}
