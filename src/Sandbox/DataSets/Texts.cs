namespace MimicCxr.Sandbox.DataSets;

/// <summary>The plain text files of a data set. They say that nothing in it is real.</summary>
internal static class Texts
{
    /// <summary>LICENSE.txt.</summary>
    public static IEnumerable<string> License { get; } =
    [
        "SYNTHETIC DATA - NO PATIENT, NO REAL PICTURE, NO REAL REPORT",
        "",
        "Every file of this data set was invented by the sandbox of mimic-cxr from a seed. It only has the layout of",
        "MIMIC-CXR. It may be used, changed and passed on by anybody for any purpose.",
        "",
        "The real data set stands under the PhysioNet Credentialed Health Data License, which is not this one:",
        "https://physionet.org/content/mimic-cxr/view-license/",
    ];

    /// <summary>README.</summary>
    public static IEnumerable<string> Readme(DataSetName dataSet) =>
    [
        $"Synthetic stand-in for {dataSet.Slug} {dataSet.Version}",
        "",
        "This is NOT MIMIC-CXR: patients, pictures, labels and reports are invented. Names, columns and checksums have",
        "the form of the real ones, so that programs can be tried before access to the real data set is granted.",
        "",
        "files/pNN/pNNNNNNNN/sNNNNNNNN/<dicom_id>.jpg   pictures",
        "mimic-cxr-2.0.0-*.csv.gz                       split, metadata and labels",
        "SHA256SUMS.txt                                 checksum of every other file",
    ];
}
