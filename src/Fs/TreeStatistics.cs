namespace MimicCxr.Fs;

/// <summary>What <c>statfs</c> and <c>df</c> show.</summary>
/// <param name="Files">Number of files in the tree.</param>
/// <param name="TotalBytes">Bytes of the tree as far as known.</param>
public readonly record struct TreeStatistics(long Files, long TotalBytes);
