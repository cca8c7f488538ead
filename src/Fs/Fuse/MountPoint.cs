namespace MimicCxr.Fs.Fuse;

/// <summary>Checks of the directory that a tree is to be mounted on.</summary>
internal static class MountPoint
{
    /// <summary>The path without symbolic links. Works on a stale mount too: nothing is asked of the file system.</summary>
    /// <exception cref="FuseMountException">It does not exist or is no directory.</exception>
    public static string Resolve(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var descriptor = Libc.Open(full, Libc.PathOnly | Libc.CloseOnExec);
        var error = Libc.LastError();
        if (descriptor < 0)
        {
            throw error switch
            {
                Errno.NoEntry or Errno.NotDirectory => new FuseMountException(
                    FuseMountError.MountPointMissing,
                    $"The mount point {full} does not exist. Make it with 'mkdir -p {full}'."),
                Errno.AccessDenied => new FuseMountException(
                    FuseMountError.NoPermission,
                    $"The mount point {full} cannot be reached by this user. Choose a directory of your own."),
                _ => new FuseMountException(FuseMountError.Failed, $"The mount point {full} cannot be opened ({error})."),
            };
        }

        try
        {
            return System.IO.Path.TrimEndingDirectorySeparator(
                File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.FullName ?? full);
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Makes sure that a mount would hide nothing.</summary>
    /// <exception cref="FuseMountException">It is no directory, not empty, or cannot be listed.</exception>
    public static void RequireEmptyDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new FuseMountException(
                FuseMountError.MountPointNotDirectory,
                $"The mount point {path} is not a directory. Name an empty directory.");
        }

        try
        {
            if (Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new FuseMountException(
                    FuseMountError.MountPointNotEmpty,
                    $"The mount point {path} is not empty; a mount would hide what is in it. Name an empty directory.");
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new FuseMountException(
                FuseMountError.NoPermission,
                $"The mount point {path} cannot be listed by this user. Choose a directory of your own.",
                exception);
        }
    }
}
