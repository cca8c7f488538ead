namespace MimicCxr.Daemon.Prefetch;

/// <summary>A job waits for something to come back.</summary>
/// <param name="For">Origin, store or room.</param>
/// <param name="Reason">What was answered last; names no file.</param>
/// <param name="Since">When it went away.</param>
internal sealed record JobWaiting(FailureKind For, string Reason, DateTimeOffset Since);
