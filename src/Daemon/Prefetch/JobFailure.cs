namespace MimicCxr.Daemon.Prefetch;

/// <summary>A file that a job could not get. Names it: for the owner only, never for a log.</summary>
internal sealed record JobFailure(string Path, string Message);
