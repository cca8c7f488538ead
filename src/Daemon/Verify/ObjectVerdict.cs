namespace MimicCxr.Daemon.Verify;

/// <summary>What is to be thought of one object.</summary>
/// <param name="Kind">The kind of the finding; null where there is none.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsChecked">Whether there was something to compare it with.</param>
internal readonly record struct ObjectVerdict(FindingKind? Kind, string Message, long Length, bool IsChecked);
