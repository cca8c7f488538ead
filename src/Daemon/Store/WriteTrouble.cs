namespace MimicCxr.Daemon.Store;

/// <summary>A store takes nothing that is to be written, though it may answer every question: a full one often just lets uploads stand still.</summary>
/// <param name="Reason">How the last attempt failed; names no object.</param>
/// <param name="Since">When the first attempt was made of those that failed since anything was taken.</param>
internal sealed record WriteTrouble(string Reason, DateTimeOffset Since);
