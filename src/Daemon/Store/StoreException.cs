namespace MimicCxr.Daemon.Store;

/// <summary>The object store failed. The message says what to do and names no object.</summary>
internal sealed class StoreException : Exception
{
    public StoreException(StoreError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of failure.</summary>
    public StoreError Error { get; }
}
