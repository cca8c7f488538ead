namespace MimicCxr.Fs.Fuse;

/// <summary>The kernel's switch to end a session at once (Documentation/filesystems/fuse: control filesystem).</summary>
internal static class FuseConnection
{
    /// <summary>Aborts a session: its requests, now and later, fail, and its device threads end.</summary>
    /// <param name="device">MAJOR:MINOR of the mount; the minor number names the connection.</param>
    /// <returns>False where the control filesystem is not mounted or closed to this user, as in many containers.</returns>
    public static bool TryAbort(string device)
    {
        try
        {
            File.WriteAllText($"/sys/fs/fuse/connections/{device[(device.IndexOf(':', StringComparison.Ordinal) + 1)..]}/abort", "1");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
