namespace MimicCxr.Daemon.Prefetch;

/// <summary>A job as the index has it.</summary>
/// <param name="Order">What it was told to do.</param>
/// <param name="End">How it ended; null while it has not.</param>
/// <param name="FailuresByKind">Its failures, counted.</param>
/// <param name="Failures">The first of them.</param>
internal sealed record JobRow(
    JobOrder Order, JobEnd? End, IReadOnlyDictionary<FailureKind, long> FailuresByKind, IReadOnlyList<JobFailure> Failures);
