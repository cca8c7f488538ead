namespace MimicCxr.Fs.Fuse;

/// <summary>Why a tree could not be mounted.</summary>
public enum FuseMountError
{
    /// <summary>There is no /dev/fuse, or the kernel has no FUSE.</summary>
    NoDevice,

    /// <summary>This user or container may not mount.</summary>
    NoPermission,

    /// <summary>The mount point does not exist.</summary>
    MountPointMissing,

    /// <summary>The mount point is no directory.</summary>
    MountPointNotDirectory,

    /// <summary>The mount point holds files, which a mount would hide.</summary>
    MountPointNotEmpty,

    /// <summary>Something is mounted there and alive, or dead and not ours.</summary>
    AlreadyMounted,

    /// <summary>fusermount3 is not installed.</summary>
    FusermountMissing,

    /// <summary>The kernel's FUSE protocol is too old, or it broke off the handshake.</summary>
    ProtocolMismatch,

    /// <summary>Anything else; the message tells what the system said.</summary>
    Failed,
}
