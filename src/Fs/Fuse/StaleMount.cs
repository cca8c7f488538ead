namespace MimicCxr.Fs.Fuse;

/// <summary>What a daemon that was killed leaves behind: a mount that answers "Transport endpoint is not connected".</summary>
internal static class StaleMount
{
    /// <summary>Removes stale mounts of ours from a path, so that it can be mounted on again.</summary>
    /// <exception cref="FuseMountException">A live mount is there, or a dead one of something else.</exception>
    public static async Task RemoveAsync(string mountPoint, string fileSystemName)
    {
        while (MountTable.Find(mountPoint) is { } entry)
        {
            var isStale = Libc.StatFs(mountPoint) == Errno.NotConnected;
            if (!isStale || entry.FileSystemType != MountTable.FileSystemType(fileSystemName))
            {
                throw new FuseMountException(
                    FuseMountError.AlreadyMounted,
                    isStale
                        ? $"At {mountPoint} is a dead mount of type {entry.FileSystemType}. Remove it with 'umount -l {mountPoint}'."
                        : $"At {mountPoint} something of type {entry.FileSystemType} is mounted already. Unmount it, or name another directory.");
            }

            await Mounting.UnmountAsync(mountPoint).ConfigureAwait(false);
        }
    }
}
