using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>What the spool's disk refuses, told as an error of the cache.</summary>
internal static class SpoolDisk
{
    /// <summary>Does something on the disk.</summary>
    /// <exception cref="CacheException">The disk is full, or failed.</exception>
    public static T Do<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>The error to throw.</summary>
    public static CacheException Failed(Exception e) => FullDisk.IsCauseOf(e)
        ? new CacheException(CacheError.NoRoom, "The disk of the spool is full. Free room on it, or give --spool-dir another.", e)
        : new CacheException(CacheError.DiskFailed, $"The spool cannot be written ({e.GetType().Name}). Check the disk of --spool-dir.", e);
}
