namespace MimicCxr.Sandbox.Patients;

/// <summary>The 14 labels of the CheXpert and NegBio tables, in the order of their columns.</summary>
internal static class Findings
{
    /// <summary>Index of "Lung Opacity".</summary>
    public const int LungOpacity = 7;

    /// <summary>Index of "No Finding".</summary>
    public const int NoFinding = 8;

    /// <summary>Index of "Support Devices".</summary>
    public const int SupportDevices = 13;

    /// <summary>Column names.</summary>
    public static readonly string[] Names =
    [
        "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion",
        "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax", "Support Devices",
    ];

    /// <summary>Roughly how often each one is positive where anything was found.</summary>
    private static readonly double[] Rates = [0.3, 0.28, 0.07, 0.18, 0.05, 0.03, 0.04, 0.33, 0, 0.34, 0.02, 0.12, 0.07, 0.4];

    /// <summary>Draws the labels of one study.</summary>
    public static LabelValue[] Draw(SeededRandom random)
    {
        var labels = new LabelValue[Names.Length];
        if (random.Chance(0.35))
        {
            labels[NoFinding] = LabelValue.Positive;
            labels[SupportDevices] = random.Chance(0.1) ? LabelValue.Positive : LabelValue.Blank;
            return labels;
        }

        for (var i = 0; i < labels.Length; i++)
        {
            var draw = random.NextDouble();
            labels[i] = i == NoFinding ? LabelValue.Blank
                : draw < Rates[i] ? LabelValue.Positive
                : draw < Rates[i] + 0.12 ? LabelValue.Negative
                : draw < Rates[i] + 0.17 ? LabelValue.Uncertain
                : LabelValue.Blank;
        }

        return labels;
    }

    /// <summary>The opinion of a second labeller, who differs now and then.</summary>
    public static LabelValue[] Vary(LabelValue[] labels, SeededRandom random) =>
        Array.ConvertAll(labels, label => label switch
        {
            LabelValue.Uncertain when random.Chance(0.2) => LabelValue.Positive,
            LabelValue.Negative when random.Chance(0.1) => LabelValue.Blank,
            _ => label,
        });

    /// <summary>The field of a table.</summary>
    public static string ToField(LabelValue value) => value switch
    {
        LabelValue.Positive => "1.0",
        LabelValue.Negative => "0.0",
        LabelValue.Uncertain => "-1.0",
        _ => "",
    };
}
