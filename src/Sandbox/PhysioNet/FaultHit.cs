namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>A fault that hits a request.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Request">The how-manieth request of this path it is that the fault saw; starts at 1.</param>
internal readonly record struct FaultHit(Fault Fault, int Request);
