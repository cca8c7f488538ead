namespace MimicCxr.Sandbox.Patients;

/// <summary>What a labeller says about one finding.</summary>
internal enum LabelValue
{
    /// <summary>Not mentioned: an empty field.</summary>
    Blank,

    /// <summary>1.0.</summary>
    Positive,

    /// <summary>0.0.</summary>
    Negative,

    /// <summary>-1.0.</summary>
    Uncertain,
}
