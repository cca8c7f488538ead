using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>The tables that tell something about images, as every release of MIMIC names them, and Indiana's.</summary>
internal static class TableNames
{
    /// <summary>dicom_id, study_id, ViewPosition, Rows, Columns, StudyDate and more.</summary>
    public const string Metadata = "mimic-cxr-2.0.0-metadata.csv.gz";

    /// <summary>dicom_id, study_id, split.</summary>
    public const string Split = "mimic-cxr-2.0.0-split.csv.gz";

    /// <summary>Labelers, and their tables: study_id and a column a label. The first one is meant where a condition names none.</summary>
    public static readonly IReadOnlyList<(string Labeler, string Table)> Labels =
    [
        ("chexpert", "mimic-cxr-2.0.0-chexpert.csv.gz"),
        ("negbio", "mimic-cxr-2.0.0-negbio.csv.gz"),
    ];

    /// <summary>Indiana's: uid, filename, projection.</summary>
    public const string Projections = "indiana_projections.csv";

    private const string JpgSlug = "mimic-cxr-jpg";

    /// <summary>The data set whose tables tell about the images of another: those of mimic-cxr are published with mimic-cxr-jpg.</summary>
    public static DataSetDefinition SourceOf(DataSetDefinition dataSet) =>
        DataSetDefinition.Find(new DataSetId(JpgSlug, dataSet.Id.Version)) ?? dataSet;
}
