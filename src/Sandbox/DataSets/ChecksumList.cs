using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>
/// SHA256SUMS.txt: digest, ONE blank, path; every file but itself, in the byte order of the paths. The pictures come
/// already in that order, so the few other files are only merged in.
/// </summary>
internal static class ChecksumList
{
    /// <summary>Name of the list.</summary>
    public const string Name = "SHA256SUMS.txt";

    /// <summary>Writes the list of all that is in the folder.</summary>
    public static Task WriteAsync(
        ListFolder lists, List<Patient> patients, string extension, ImageFiles images, CancellationToken cancellationToken)
    {
        var others = lists.Checksums.ToList();
        return lists.WriteLinesAsync(Name, Lines(others, patients, extension, images), cancellationToken);
    }

    private static IEnumerable<string> Lines(
        List<KeyValuePair<string, byte[]>> others, List<Patient> patients, string extension, ImageFiles images)
    {
        var next = 0;
        foreach (var study in patients.SelectMany(patient => patient.Studies))
        {
            foreach (var image in study.Images)
            {
                var path = $"{study.Folder}/{image.DicomId}{extension}";
                for (; next < others.Count && string.CompareOrdinal(others[next].Key, path) < 0; next++)
                {
                    yield return Line(others[next].Value, others[next].Key);
                }

                yield return Line(images.Checksum(image), path);
            }
        }

        for (; next < others.Count; next++)
        {
            yield return Line(others[next].Value, others[next].Key);
        }
    }

    private static string Line(ReadOnlySpan<byte> checksum, string path) => $"{Convert.ToHexStringLower(checksum)} {path}";
}
