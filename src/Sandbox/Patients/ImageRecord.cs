namespace MimicCxr.Sandbox.Patients;

/// <summary>One picture of a study.</summary>
/// <param name="Ordinal">Position among all pictures of the data set, sorted by path; starts at 0.</param>
/// <param name="DicomId">Five groups of eight hexadecimal digits.</param>
/// <param name="View">How it was taken.</param>
/// <param name="Seed">What its pixels are drawn from.</param>
internal sealed record ImageRecord(int Ordinal, string DicomId, ViewPosition View, ulong Seed);
