using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>An image as <c>select export --format json</c> prints it; labels as in the tables: 1, 0 or -1, and left out where not mentioned.</summary>
internal sealed record ImageDocument(
    string Path, long SubjectId, long StudyId, string DicomId, string View, string Split, string StudyDate, int Rows, int Columns,
    Dictionary<string, Dictionary<string, int>> Labels)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static ImageDocument From(ImageRecord image) => new(
        image.Path, image.SubjectId, image.StudyId, image.DicomId, image.View, image.Split, image.StudyDate, image.Rows, image.Columns,
        image.Labelers.ToDictionary(
            labeler => labeler.Labeler, labeler => labeler.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).ToDictionary(label => label.Key, label => Number(label.Value))));

    /// <summary>A state as the tables have it.</summary>
    public static int Number(LabelState state) => state switch
    {
        LabelState.Positive => 1,
        LabelState.Negative => 0,
        _ => -1,
    };
}
