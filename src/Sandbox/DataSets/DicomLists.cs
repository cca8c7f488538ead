using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>The list files and the archive of reports of mimic-cxr.</summary>
internal static class DicomLists
{
    /// <summary>Writes all but the checksums.</summary>
    public static async Task WriteAsync(
        ListFolder lists, List<Patient> patients, SyntheticDataSetOptions options, CancellationToken cancellationToken)
    {
        await lists.WriteLinesAsync("LICENSE.txt", Texts.License, cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync("cxr-record-list.csv.gz", RecordLines(patients), cancellationToken).ConfigureAwait(false);
        await lists.WriteGzipAsync("cxr-study-list.csv.gz", StudyLines(patients), cancellationToken).ConfigureAwait(false);
        if (options.DataSet.Is210)
        {
            await lists.WriteGzipAsync("cxr-provider-list.csv.gz", ProviderLines(patients), cancellationToken).ConfigureAwait(false);
        }

        await (options.TarredReports
            ? lists.WriteAsync("mimic-cxr-reports.tar.gz", stream => WriteTarAsync(stream, patients, cancellationToken), cancellationToken)
            : lists.WriteAsync("mimic-cxr-reports.zip", stream => WriteReportsAsync(stream, patients, cancellationToken), cancellationToken)).ConfigureAwait(false);
    }

    private static IEnumerable<string> RecordLines(List<Patient> patients)
    {
        var rows =
            from patient in patients
            from study in patient.Studies
            from image in study.Images
            select $"{patient.SubjectId},{study.StudyId},{image.DicomId},{study.Folder}/{image.DicomId}.dcm";
        return rows.Prepend("subject_id,study_id,dicom_id,path");
    }

    private static IEnumerable<string> StudyLines(List<Patient> patients)
    {
        var rows =
            from patient in patients
            from study in patient.Studies
            select $"{patient.SubjectId},{study.StudyId},{study.Folder}.txt";
        return rows.Prepend("subject_id,study_id,path");
    }

    /// <summary>Who ordered and read a study; in the real list a third of the studies have a resident.</summary>
    private static IEnumerable<string> ProviderLines(List<Patient> patients)
    {
        yield return "subject_id,study_id,ordering_provider_id,attending_provider_id,resident_provider_id";
        foreach (var study in patients.SelectMany(patient => patient.Studies))
        {
            var random = new SeededRandom((ulong)study.StudyId ^ 0x9D0);
            var ordering = random.Chance(0.998) ? Provider(random, 2_755) : "";
            var attending = Provider(random, 55);
            var resident = random.Chance(0.36) ? Provider(random, 115) : "";
            yield return $"{study.SubjectId},{study.StudyId},{ordering},{attending},{resident}";
        }
    }

    private static string Provider(SeededRandom random, int providers) =>
        "P" + random.Next(providers).ToString("00000", CultureInfo.InvariantCulture);

    private static async Task WriteReportsAsync(Stream stream, List<Patient> patients, CancellationToken cancellationToken)
    {
        await using var archive = await ZipArchive.CreateAsync(
            stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellationToken).ConfigureAwait(false);
        foreach (var study in patients.SelectMany(patient => patient.Studies))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entry = archive.CreateEntry(study.Folder + ".txt", CompressionLevel.Fastest);
            entry.LastWriteTime = ListFolder.FileTime;
            await using var text = await entry.OpenAsync(cancellationToken).ConfigureAwait(false);
            await text.WriteAsync(Encoding.ASCII.GetBytes(ReportText.Write(study)), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WriteTarAsync(Stream stream, List<Patient> patients, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await using var archive = new TarWriter(gzip, leaveOpen: true);
        foreach (var study in patients.SelectMany(patient => patient.Studies))
        {
            await using var text = new MemoryStream(Encoding.ASCII.GetBytes(ReportText.Write(study)));
            var entry = new UstarTarEntry(TarEntryType.RegularFile, $"./{study.Folder}.txt") { DataStream = text, ModificationTime = ListFolder.FileTime };
            await archive.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }
}
