namespace MimicCxr.Sandbox.DataSets;

/// <summary>What a synthetic data set holds.</summary>
/// <param name="Folder">Where it was written: root, slug, version.</param>
/// <param name="Patients">Number of patients.</param>
/// <param name="Studies">Number of studies.</param>
/// <param name="LabelledStudies">Studies that have a row in the label tables.</param>
/// <param name="Images">Number of pictures.</param>
/// <param name="ImageBytes">Bytes of all pictures; 0 for lists only.</param>
/// <param name="Files">Files in all, SHA256SUMS.txt included; pictures that were not written count not.</param>
public sealed record SyntheticDataSetCounts(
    string Folder, int Patients, int Studies, int LabelledStudies, int Images, long ImageBytes, int Files);
