namespace MimicCxr.Fs;

/// <summary>
/// The outcome of <see cref="IFileTree.TryRead"/>: a number of bytes, an error, or "not here yet".
/// </summary>
public readonly record struct ReadResult
{
    private ReadResult(int bytes, Errno error, bool pending) => (Bytes, Error, IsPending) = (bytes, error, pending);

    /// <summary>The bytes are not here yet: wait with <see cref="IFileTree.WaitReadableAsync"/>, then read again.</summary>
    public static ReadResult Pending => new(0, Errno.None, true);

    /// <summary>Bytes copied; fewer than asked for only at the end of the file.</summary>
    public int Bytes { get; }

    /// <summary>The error, or <see cref="Errno.None"/>.</summary>
    public Errno Error { get; }

    /// <summary>Whether the reader has to wait first.</summary>
    public bool IsPending { get; }

    /// <summary><paramref name="bytes"/> were copied.</summary>
    public static ReadResult Read(int bytes) => new(bytes, Errno.None, false);

    /// <summary>The read failed.</summary>
    public static ReadResult Failed(Errno error) => new(0, error, false);
}
