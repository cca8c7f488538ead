using System.Globalization;
using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>
/// A selection as a CSV table (RFC 4180, but for its line ends): what is known of each image, then a column a label, the first labeler's by
/// the label alone, the others' as LABELER:LABEL, with 1.0, 0.0, -1.0 or nothing as in the data set's tables.
/// </summary>
internal sealed class Manifest(TablesDescription tables)
{
    private readonly List<(string Labeler, string Label)> _labels =
        [.. tables.Labelers.SelectMany(labeler => labeler.Labels.Select(label => (labeler.Labeler, label)))];

    /// <summary>The first line.</summary>
    public string Header => Join(
    [
        "path", "subject_id", "study_id", "dicom_id", "view", "split", "study_date", "rows", "columns",
        .. _labels.Select(column => column.Labeler == _labels[0].Labeler ? column.Label : $"{column.Labeler}:{column.Label}"),
    ]);

    /// <summary>The line of an image.</summary>
    public string Row(ImageRecord image) => Join(
    [
        image.Path, Number(image.SubjectId), Number(image.StudyId), image.DicomId, image.View, image.Split, image.StudyDate, Known(image.Rows), Known(image.Columns),
        .. _labels.Select(column => Field(image, column.Labeler, column.Label)),
    ]);

    private static string Field(ImageRecord image, string labeler, string label) =>
        image.Labelers.FirstOrDefault(record => record.Labeler == labeler)?.Labels.TryGetValue(label, out var state) == true
            ? $"{Number(ImageDocument.Number(state))}.0" : "";

    private static string Known(int number) => number == 0 ? "" : Number(number);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Join(IEnumerable<string> fields) => string.Join(',', fields.Select(Quote));

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
