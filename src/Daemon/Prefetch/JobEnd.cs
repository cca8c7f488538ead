namespace MimicCxr.Daemon.Prefetch;

/// <summary>How a job ended.</summary>
/// <param name="State">Done, failed or cancelled.</param>
/// <param name="FilesDone">Files in the store at its end.</param>
/// <param name="BytesDone">Their bytes.</param>
/// <param name="Cause">What ended it before its files were through, if something did.</param>
/// <param name="At">When.</param>
internal sealed record JobEnd(JobState State, long FilesDone, long BytesDone, JobFailure? Cause, DateTimeOffset At);
