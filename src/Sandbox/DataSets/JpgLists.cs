using MimicCxr.Sandbox.Patients;
using MimicCxr.Sandbox.Pictures;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>The list and table files of mimic-cxr-jpg. The csv names keep 2.0.0 in version 2.1.0, as the real ones.</summary>
internal static class JpgLists
{
    private const string MetadataHeader =
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime," +
        "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning";

    /// <summary>Writes all but the checksums.</summary>
    public static async Task WriteAsync(
        ListFolder lists, List<Patient> patients, IPictureSource pictures, SyntheticDataSetOptions options, CancellationToken cancellationToken)
    {
        await lists.WriteLinesAsync("LICENSE.txt", Texts.License, cancellationToken).ConfigureAwait(false);
        await lists.WriteLinesAsync("README", Texts.Readme(options.DataSet), cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync("mimic-cxr-2.0.0-split.csv.gz", SplitLines(patients), cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync("mimic-cxr-2.0.0-metadata.csv.gz", MetadataLines(patients, pictures), cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync("mimic-cxr-2.0.0-chexpert.csv.gz", LabelLines(patients, study => study.Labels), cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync(
            "mimic-cxr-2.0.0-negbio.csv.gz",
            LabelLines(patients, study => Findings.Vary(study.Labels, new SeededRandom((ulong)study.StudyId))),
            cancellationToken).ConfigureAwait(false);
        if (options.DataSet.Is210)
        {
            await lists.WriteLinesAsync("IMAGE_FILENAMES", ImagePaths(patients, pictures.Extension), cancellationToken).ConfigureAwait(false);
            await lists.WriteLinesAsync("mimic-cxr-2.1.0-test-set-labeled.csv", TestSetLines(patients), cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> ImagePaths(List<Patient> patients, string extension) =>
        from patient in patients
        from study in patient.Studies
        from image in study.Images
        select $"{study.Folder}/{image.DicomId}{extension}";

    private static IEnumerable<string> SplitLines(List<Patient> patients)
    {
        var rows =
            from patient in patients
            from study in patient.Studies
            from image in study.Images
            select $"{image.DicomId},{study.StudyId},{patient.SubjectId},{SplitName(patient.Split)}";
        return rows.Prepend("dicom_id,study_id,subject_id,split");
    }

    private static IEnumerable<string> MetadataLines(List<Patient> patients, IPictureSource pictures)
    {
        var rows =
            from patient in patients
            from study in patient.Studies
            from image in study.Images
            let size = pictures.GetSize(image)
            let row = MetadataRow.For(study, image)
            select $"{image.DicomId},{patient.SubjectId},{study.StudyId},{row.PerformedProcedureStepDescription},{row.ViewPosition}," +
                $"{size.Rows},{size.Columns},{row.StudyDate},{row.StudyTime}," +
                $"{row.ProcedureCodeMeaning},{row.ViewCodeMeaning},{row.OrientationCodeMeaning}";
        return rows.Prepend(MetadataHeader);
    }

    private static IEnumerable<string> LabelLines(List<Patient> patients, Func<Study, LabelValue[]> labels)
    {
        var rows =
            from patient in patients
            from study in patient.Studies
            where study.Labelled
            select $"{patient.SubjectId},{study.StudyId},{Fields(labels(study))}";
        return rows.Prepend("subject_id,study_id," + string.Join(',', Findings.Names));
    }

    /// <summary>The table of the radiologists has no subject_id, and calls lung opacity airspace opacity.</summary>
    private static IEnumerable<string> TestSetLines(List<Patient> patients)
    {
        var names = Findings.Names.ToArray();
        names[Findings.LungOpacity] = "Airspace Opacity";
        var rows =
            from patient in patients
            where patient.Split == Split.Test
            from study in patient.Studies
            where study.Labelled
            select $"{study.StudyId},{Fields(study.Labels)}";
        return rows.Prepend("study_id," + string.Join(',', names));
    }

    private static string Fields(LabelValue[] labels) => string.Join(',', labels.Select(Findings.ToField));

    private static string SplitName(Split split) => split switch
    {
        Split.Validate => "validate",
        Split.Test => "test",
        _ => "train",
    };
}
