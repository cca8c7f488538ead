namespace MimicCxr.Daemon.Cache;

/// <summary>A blob could not be had for a reason that lies in the cache. The message says what to do and names no file.</summary>
internal sealed class CacheException : Exception
{
    public CacheException(CacheError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of failure.</summary>
    public CacheError Error { get; }
}
