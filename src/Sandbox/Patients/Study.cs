namespace MimicCxr.Sandbox.Patients;

/// <summary>One visit to the X-ray room.</summary>
internal sealed record Study
{
    /// <summary>8 digits, starting with 1.</summary>
    public required int SubjectId { get; init; }

    /// <summary>8 digits, starting with 5; unique in the data set.</summary>
    public required int StudyId { get; init; }

    /// <summary>When, shifted into the far future as in the real tables.</summary>
    public required DateTime Time { get; init; }

    /// <summary>Whether the picture was taken at the bedside.</summary>
    public required bool Portable { get; init; }

    /// <summary>The labels that the report implies.</summary>
    public required LabelValue[] Labels { get; init; }

    /// <summary>Whether the label tables have a row for it: some reports could not be labelled.</summary>
    public required bool Labelled { get; init; }

    /// <summary>Sorted by <see cref="ImageRecord.DicomId"/>.</summary>
    public required IReadOnlyList<ImageRecord> Images { get; init; }

    /// <summary>What was ordered, in the words of the tables and reports.</summary>
    public string Procedure => Portable ? "CHEST (PORTABLE AP)" : Images.Count > 1 ? "CHEST (PA AND LAT)" : "CHEST (PA)";

    /// <summary>The folder of its pictures, relative to the data set: "files/p10/p10000032/s50414267".</summary>
    public string Folder => $"files/p{SubjectId / 1_000_000}/p{SubjectId}/s{StudyId}";
}
