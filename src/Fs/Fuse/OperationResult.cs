namespace MimicCxr.Fs.Fuse;

/// <summary>What became of a request: bytes in the reply's body, an error, or no reply (now, or ever).</summary>
internal readonly record struct OperationResult
{
    private OperationResult(int bodyLength, Errno error, bool isSilent) =>
        (BodyLength, Error, IsSilent) = (bodyLength, error, isSilent);

    /// <summary>No reply from here: the request is parked, or the kernel expects none.</summary>
    public static OperationResult Silent => new(0, Errno.None, true);

    public static OperationResult Done => new(0, Errno.None, false);

    public int BodyLength { get; }

    public Errno Error { get; }

    public bool IsSilent { get; }

    public static OperationResult Answer(int bodyLength) => new(bodyLength, Errno.None, false);

    public static OperationResult Failed(Errno error) => new(0, error, false);
}
