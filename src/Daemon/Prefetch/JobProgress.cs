namespace MimicCxr.Daemon.Prefetch;

/// <summary>The state of a job at one moment.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="FilesDone">Files that are in the store.</param>
/// <param name="FilesTotal">Files that were asked for.</param>
/// <param name="BytesDone">Bytes of the files done.</param>
/// <param name="FilesFailed">Files that could not be had.</param>
/// <param name="Failures">The first failures.</param>
internal sealed record JobProgress(
    string Id, JobState State, long FilesDone, long FilesTotal, long BytesDone, long FilesFailed, IReadOnlyList<JobFailure> Failures);
