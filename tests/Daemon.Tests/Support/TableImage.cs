namespace MimicCxr.Daemon.Tests.Support;

/// <summary>An image as a test made it up: what the rows of the tables say.</summary>
/// <param name="Labels">By labeler and label: 1.0, 0.0, -1.0 or empty.</param>
internal sealed record TableImage(
    string Path, int Subject, int Study, string DicomId, string View, string Split, string Date, string Rows, string Columns, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Name of a label of a labeler.</summary>
    public static string Key(string labeler, string label) => $"{labeler}:{label}";
}
