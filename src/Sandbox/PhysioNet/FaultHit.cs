namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>A fault that hits a request.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Request">Number of this request among those of its path that the fault saw; starts at 1.</param>
/// <param name="Released">
/// Completes when stalled bodies may go on. Taken before the first byte is sent, so that a client which has seen that
/// byte cannot release too early.
/// </param>
internal readonly record struct FaultHit(Fault Fault, int Request, Task Released);
