namespace MimicCxr.Daemon.Prefetch;

/// <summary>A file that a job could not get. Names it: for the owner only, never for a log.</summary>
/// <param name="Path">The file; empty where it is about the whole job.</param>
/// <param name="Kind">Why, for programs.</param>
/// <param name="Message">Why, for people.</param>
internal sealed record JobFailure(string Path, FailureKind Kind, string Message);
