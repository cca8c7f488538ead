namespace MimicCxr.Sandbox.DataSets;

/// <summary>What a synthetic data set looks like. The same options make the same bytes, on every machine.</summary>
public sealed record SyntheticDataSetOptions
{
    private const int SmallestImage = 2_048;
    private const int MostIds = 10_000_000;

    /// <summary>Which data set. Same patients, studies and pictures in each for the same numbers and seed.</summary>
    public DataSetName DataSet { get; init; } = DataSetName.Jpg210;

    /// <summary>Number of patients.</summary>
    public int Patients { get; init; } = 100;

    /// <summary>Exact number of pictures; at least one a patient.</summary>
    public int Images { get; init; } = 300;

    /// <summary>Average bytes of a picture's file; they differ by up to a tenth.</summary>
    public int ImageBytes { get; init; } = 60_000;

    /// <summary>Decides everything that the other options leave open.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Writes list, table and report files only, with checksums drawn from the seed: the whole 377,110 pictures of
    /// 65,379 patients without their bytes.
    /// </summary>
    public bool ListsOnly { get; init; }

    /// <summary>Writes the reports of mimic-cxr as a <c>.tar.gz</c> instead of a zip.</summary>
    public bool TarredReports { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">Says which one, what was given and what is allowed.</exception>
    internal void Validate()
    {
        Require(Patients is >= 1 and <= MostIds, nameof(Patients), Patients, $"1 to {MostIds}");
        Require(Images >= Patients && Images <= MostIds, nameof(Images), Images, $"{Patients} (one a patient) to {MostIds}");
        Require(ImageBytes is >= SmallestImage and <= 100_000_000, nameof(ImageBytes), ImageBytes, $"{SmallestImage} to 100000000");
        Require(Seed >= 0, nameof(Seed), Seed, "0 or more");
        Require(DataSetName.All.Contains(DataSet), nameof(DataSet), DataSet, string.Join(", ", DataSetName.All));
    }

    private static void Require(bool valid, string name, object given, string allowed)
    {
        if (!valid)
        {
            throw new ArgumentException($"{name} is {given}; allowed: {allowed}");
        }
    }
}
