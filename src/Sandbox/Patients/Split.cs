namespace MimicCxr.Sandbox.Patients;

/// <summary>The part of the recommended split a patient belongs to; a patient is never in two.</summary>
internal enum Split
{
    /// <summary>"train".</summary>
    Train,

    /// <summary>"validate".</summary>
    Validate,

    /// <summary>"test".</summary>
    Test,
}
