namespace MimicCxr.Fs.Fuse;

/// <summary>A tree could not be mounted. The message says what happened and what to do.</summary>
public sealed class FuseMountException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What happened, to what, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public FuseMountException(FuseMountError reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why.</summary>
    public FuseMountError Reason { get; }
}
