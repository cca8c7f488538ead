namespace MimicCxr.Daemon.Verify;

/// <summary>Something that a verification found. Names a file: for the owner only, never for a log.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">The path in the data set, or what the key of an object that is none of its files goes on with.</param>
/// <param name="Message">What is wrong, and what to do.</param>
/// <param name="IsRepaired">Whether it is right again.</param>
internal sealed record Finding(FindingKind Kind, string Path, string Message, bool IsRepaired);
