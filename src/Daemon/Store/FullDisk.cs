namespace MimicCxr.Daemon.Store;

/// <summary>Tells a full disk from other failures of one.</summary>
internal static class FullDisk
{
    /// <summary>ENOSPC of asm-generic/errno-base.h, which .NET keeps in the lower half of HResult.</summary>
    private const int NoSpaceOnDevice = 28;

    /// <summary>Whether a failed write means that the disk has no room left.</summary>
    public static bool IsCauseOf(Exception e) => e is IOException && (e.HResult & 0xFFFF) == NoSpaceOnDevice;
}
