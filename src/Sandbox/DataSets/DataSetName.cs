namespace MimicCxr.Sandbox.DataSets;

/// <summary>A data set that the sandbox can make.</summary>
/// <param name="Slug">As in PhysioNet's addresses.</param>
/// <param name="Version">As in PhysioNet's addresses.</param>
public sealed record DataSetName(string Slug, string Version)
{
    private const string JpgSlug = "mimic-cxr-jpg";
    private const string DicomSlug = "mimic-cxr";

    /// <summary>mimic-cxr-jpg 2.1.0: JPEGs and labels.</summary>
    public static DataSetName Jpg210 { get; } = new(JpgSlug, "2.1.0");

    /// <summary>mimic-cxr-jpg 2.0.0.</summary>
    public static DataSetName Jpg200 { get; } = new(JpgSlug, "2.0.0");

    /// <summary>mimic-cxr 2.1.0: DICOM files and reports.</summary>
    public static DataSetName Dicom210 { get; } = new(DicomSlug, "2.1.0");

    /// <summary>mimic-cxr 2.0.0.</summary>
    public static DataSetName Dicom200 { get; } = new(DicomSlug, "2.0.0");

    /// <summary>All that can be made.</summary>
    public static IReadOnlyList<DataSetName> All { get; } = [Jpg210, Jpg200, Dicom210, Dicom200];

    internal bool IsDicom => Slug == DicomSlug;

    internal bool Is210 => Version == "2.1.0";

    /// <summary>Reads "mimic-cxr-jpg/2.1.0".</summary>
    /// <exception cref="ArgumentException">It is none of <see cref="All"/>.</exception>
    public static DataSetName Parse(string text) =>
        All.FirstOrDefault(name => name.ToString() == text)
        ?? throw new ArgumentException($"data set '{text}' is not one of {string.Join(", ", All)}");

    /// <summary>"slug/version": also the folder below the root of all data sets.</summary>
    public override string ToString() => $"{Slug}/{Version}";
}
