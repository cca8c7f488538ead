namespace MimicCxr.Daemon.Selections;

/// <summary>
/// Which images of a data set are meant. Every part narrows; what is left out does not. In this order: splits, views, conditions
/// and dates; what is subtracted; then one image of each study; then the sample.
/// </summary>
internal sealed record ImageQuery
{
    /// <summary>Any of these: train, validate, test, or none for images without.</summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    /// <summary>Any of these: PA, AP, LATERAL, LL and the others of the table, or none for images without.</summary>
    public IReadOnlyList<string> Views { get; init; } = [];

    /// <summary>Conditions on labels, as <see cref="ConditionParser"/> reads them. All must hold.</summary>
    public IReadOnlyList<string> Where { get; init; } = [];

    /// <summary>The first StudyDate, yyyy-mm-dd or yyyymmdd; empty for no bound.</summary>
    public string FirstDate { get; init; } = "";

    /// <summary>The last StudyDate, included; empty for no bound.</summary>
    public string LastDate { get; init; } = "";

    /// <summary>Selections whose images are left out.</summary>
    public IReadOnlyList<string> Minus { get; init; } = [];

    /// <summary>Of each study only the first image in path order that fits.</summary>
    public bool OnePerStudy { get; init; }

    /// <summary>The part of the patients to take, above 0 and up to 1; null for all.</summary>
    public double? Share { get; init; }

    /// <summary>The most images to take, whole patients only; null for no bound.</summary>
    public long? Limit { get; init; }

    /// <summary>Decides which patients a sample takes.</summary>
    public long Seed { get; init; }
}
