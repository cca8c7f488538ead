namespace MimicCxr.Daemon.Cache;

/// <summary>What files take of the spool's bound.</summary>
internal static class SpoolRoom
{
    /// <summary>The folders themselves and the marks beside them.</summary>
    public const long Overhead = 32 * 1024;

    /// <summary>What a file takes on disk is counted in whole blocks, as <c>du</c> does, and with its entry in the folder.</summary>
    private const long BlockSize = 4096;

    private const long EntrySize = 64;

    /// <summary>Bytes that a file of this length takes.</summary>
    public static long Of(long length) => ((length + BlockSize - 1) / BlockSize * BlockSize) + EntrySize;
}
