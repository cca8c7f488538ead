namespace MimicCxr.Daemon.Tables;

/// <summary>The table of one labeler: the state of every label, for each image that of its study.</summary>
/// <param name="Name">As in conditions: chexpert or negbio.</param>
/// <param name="Labels">The table's columns, in its order.</param>
/// <param name="States">By image: two bits a label, the first label lowest.</param>
internal sealed record Labeler(string Name, IReadOnlyList<string> Labels, uint[] States)
{
    /// <summary>More do not fit into <see cref="States"/>; MIMIC-CXR has 14.</summary>
    public const int MostLabels = 16;

    /// <summary>The state of a label.</summary>
    public LabelState StateOf(int image, int label) => (LabelState)((States[image] >> (label * 2)) & 3);
}
