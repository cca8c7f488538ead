namespace MimicCxr.Daemon.Origin;

/// <summary>A stretch of a file; what of it lies behind the end of the file is not there, and no error.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its length in bytes, at most.</param>
internal readonly record struct FileRange(long Offset, long Length)
{
    /// <summary>The whole file, whatever its length.</summary>
    public static FileRange Whole => new(0, long.MaxValue);

    /// <summary>How many bytes of a file of this length it covers.</summary>
    public long CountIn(long fileLength) => Math.Clamp(fileLength - Offset, 0, Length);

    /// <summary>The byte after its last in a file of this length.</summary>
    public long EndIn(long fileLength) => Offset + CountIn(fileLength);
}
