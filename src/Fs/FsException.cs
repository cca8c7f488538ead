namespace MimicCxr.Fs;

/// <summary>An operation of a tree failed in a way that the reader sees as <see cref="Errno"/>.</summary>
public sealed class FsException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="errno">What the reader gets.</param>
    /// <param name="message">What happened, for the log; holds no identifier of the data set.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public FsException(Errno errno, string message, Exception? innerException = null)
        : base(message, innerException) => Errno = errno;

    /// <summary>What the reader gets.</summary>
    public Errno Errno { get; }
}
