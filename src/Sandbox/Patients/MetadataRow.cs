using System.Globalization;

namespace MimicCxr.Sandbox.Patients;

/// <summary>What the metadata table and the DICOM header say about a picture, under the names of the columns.</summary>
internal sealed record MetadataRow
{
    /// <summary>"CHEST (PA AND LAT)" and the like; empty for some.</summary>
    public required string PerformedProcedureStepDescription { get; init; }

    /// <summary>PA, AP, LATERAL, LL or empty.</summary>
    public required string ViewPosition { get; init; }

    /// <summary>yyyyMMdd.</summary>
    public required string StudyDate { get; init; }

    /// <summary>HHmmss.fff.</summary>
    public required string StudyTime { get; init; }

    /// <summary>ProcedureCodeSequence_CodeMeaning.</summary>
    public required string ProcedureCodeMeaning { get; init; }

    /// <summary>ViewCodeSequence_CodeMeaning.</summary>
    public required string ViewCodeMeaning { get; init; }

    /// <summary>PatientOrientationCodeSequence_CodeMeaning: Erect, Recumbent or empty.</summary>
    public required string OrientationCodeMeaning { get; init; }

    /// <summary>The row of a picture.</summary>
    public static MetadataRow For(Study study, ImageRecord image)
    {
        var random = new SeededRandom(image.Seed ^ 0x4D);
        var (view, meaning) = image.View switch
        {
            Patients.ViewPosition.PA => ("PA", "postero-anterior"),
            Patients.ViewPosition.AP => ("AP", "antero-posterior"),
            Patients.ViewPosition.Lateral => ("LATERAL", "lateral"),
            Patients.ViewPosition.LL => ("LL", "left lateral"),
            _ => ("", ""),
        };
        return new MetadataRow
        {
            PerformedProcedureStepDescription = random.Chance(0.08) ? "" : study.Procedure,
            ViewPosition = view,
            StudyDate = study.Time.ToString("yyyyMMdd", CultureInfo.InvariantCulture),
            StudyTime = study.Time.ToString("HHmmss.fff", CultureInfo.InvariantCulture),
            ProcedureCodeMeaning = study.Procedure,
            ViewCodeMeaning = meaning,
            OrientationCodeMeaning = random.Chance(0.1) ? "" : study.Portable && random.Chance(0.3) ? "Recumbent" : "Erect",
        };
    }
}
