namespace MimicCxr.Sandbox.Patients;

/// <summary>How a picture was taken: the values of the column ViewPosition that the synthetic tables use.</summary>
internal enum ViewPosition
{
    /// <summary>The column is empty, as it is for some pictures of the real tables.</summary>
    Unknown,

    /// <summary>Postero-anterior.</summary>
    PA,

    /// <summary>Antero-posterior.</summary>
    AP,

    /// <summary>Lateral.</summary>
    Lateral,

    /// <summary>Left lateral.</summary>
    LL,
}
