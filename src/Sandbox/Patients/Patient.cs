namespace MimicCxr.Sandbox.Patients;

/// <summary>One invented patient.</summary>
/// <param name="SubjectId">8 digits, starting with 1.</param>
/// <param name="Split">Part of the recommended split.</param>
/// <param name="Studies">Sorted by <see cref="Study.StudyId"/>.</param>
internal sealed record Patient(int SubjectId, Split Split, IReadOnlyList<Study> Studies);
