namespace MimicCxr.Fs.Fuse;

/// <summary>Mounts and unmounts: by system call as root, through fusermount3 for other users.</summary>
internal static class Mounting
{
    private static bool IsRoot => Libc.EffectiveUserId() == 0;

    /// <summary>Mounts an empty session. The kernel's INIT waits in the device.</summary>
    /// <exception cref="FuseMountException">It cannot be mounted.</exception>
    public static Task<FuseDevice> MountAsync(string mountPoint, FuseMountOptions options) =>
        IsRoot
            ? Task.FromResult(MountDirectly(mountPoint, options))
            : Fusermount.MountAsync(mountPoint, options);

    /// <summary>
    /// Takes a mount out of the tree of directories. One that is in use goes lazily: it has no path any more, and
    /// ends when the last file in it is closed.
    /// </summary>
    /// <param name="mountPoint">The path.</param>
    /// <param name="force">Ends the session even then, with errors for those who read. Only root can.</param>
    /// <exception cref="FuseMountException">It cannot be unmounted.</exception>
    public static async Task UnmountAsync(string mountPoint, bool force = false)
    {
        if (!IsRoot)
        {
            await Fusermount.UnmountAsync(mountPoint).ConfigureAwait(false);
            return;
        }

        // The kernel drops all it has cached of the tree here, which can take a second.
        var error = await Task.Run(() => UnmountDirectly(mountPoint, force)).ConfigureAwait(false);
        if (error != Errno.None)
        {
            throw new FuseMountException(FuseMountError.Failed, $"{mountPoint} cannot be unmounted ({error}).");
        }
    }

    private static FuseDevice MountDirectly(string mountPoint, FuseMountOptions options)
    {
        var device = FuseDevice.Open();
        var data = $"fd={device.Descriptor},rootmode=40000,user_id={Libc.EffectiveUserId()}"
            + $",group_id={Libc.EffectiveGroupId()},default_permissions"
            + (options.AllowOther ? ",allow_other" : string.Empty);
        var result = Libc.Mount(
            options.FileSystemName,
            mountPoint,
            MountTable.FileSystemType(options.FileSystemName),
            Libc.MountReadOnly | Libc.MountNoSetUid | Libc.MountNoDevices | Libc.MountNoAccessTime,
            data);
        var error = Libc.LastError();
        if (result == 0)
        {
            return device;
        }

        device.Dispose();
        throw error switch
        {
            Errno.OperationNotPermitted or Errno.AccessDenied => new FuseMountException(
                FuseMountError.NoPermission,
                $"{mountPoint} may not be mounted. In a container, start it with --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined."),
            Errno.NoDevice => FuseDevice.Missing(error),
            _ => new FuseMountException(FuseMountError.Failed, $"{mountPoint} cannot be mounted ({error})."),
        };
    }

    private static Errno UnmountDirectly(string mountPoint, bool force)
    {
        if (Libc.Unmount(mountPoint, Libc.UnmountNoFollow) == 0)
        {
            return Errno.None;
        }

        var error = Libc.LastError();
        if (error != Errno.Busy)
        {
            return error;
        }

        var flags = Libc.UnmountNoFollow | Libc.UnmountDetach | (force ? Libc.UnmountForce : 0);
        return Libc.Unmount(mountPoint, flags) == 0 ? Errno.None : Libc.LastError();
    }
}
