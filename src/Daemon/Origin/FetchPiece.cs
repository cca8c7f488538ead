namespace MimicCxr.Daemon.Origin;

/// <summary>A stretch of a file that one connection at a time brings, from its first byte to its last.</summary>
internal sealed class FetchPiece(long start, long end)
{
    /// <summary>The end of a piece that goes on to the end of a file whose length is not known yet.</summary>
    public const long ToTheEnd = long.MaxValue;

    /// <summary>The next byte wanted.</summary>
    public long Position { get; set; } = start;

    /// <summary>The byte after the last; comes nearer when other connections take over the rest.</summary>
    public long End { get; set; } = end;
}
