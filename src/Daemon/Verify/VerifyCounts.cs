namespace MimicCxr.Daemon.Verify;

/// <summary>How far a verification got, and what it found. Fields, for <see cref="Interlocked"/>.</summary>
internal sealed class VerifyCounts
{
    /// <summary>Objects that the store listed so far.</summary>
    public long Listed;

    /// <summary>Files that are through.</summary>
    public long Done;

    /// <summary>Bytes read and hashed.</summary>
    public long BytesRead;

    /// <summary>Objects with the listed checksum.</summary>
    public long Right;

    /// <summary>Objects without a checksum beside them that were not read, and files that the data set lists without a checksum.</summary>
    public long NotChecked;

    /// <summary>Files that the store need not have: nobody fetched them.</summary>
    public long NotStored;

    /// <summary>Objects that the index did not know of; it does now.</summary>
    public long NewlyKnown;

    /// <summary>Findings that were put right.</summary>
    public long Repaired;

    private readonly long[] _found = new long[Enum.GetValues<FindingKind>().Length];

    /// <summary>Findings of a kind.</summary>
    public long Of(FindingKind kind) => Interlocked.Read(ref _found[(int)kind]);

    /// <summary>One more of a kind.</summary>
    public void Count(FindingKind kind) => Interlocked.Increment(ref _found[(int)kind]);
}
