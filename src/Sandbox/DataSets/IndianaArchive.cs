using System.Globalization;
using System.IO.Compression;
using System.Text;
using MimicCxr.Sandbox.Patients;
using MimicCxr.Sandbox.Pictures;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>
/// Makes a zip with the layout of the Indiana University collection as Kaggle gives it out (raddar/chest-xrays-indiana-university), and
/// nothing real in it.
/// </summary>
public static class IndianaArchive
{
    /// <summary>The archive's place below the root of all data sets.</summary>
    public static string PathBelow(string root) => Path.Combine(root, "indiana", "2", "archive.zip");

    /// <summary>Writes the archive.</summary>
    /// <param name="file">Where; its folder is made if missing.</param>
    /// <param name="studies">Number of studies (uid).</param>
    /// <param name="images">Number of pictures; at least one a study. The first of each is frontal, the second lateral, and so on.</param>
    /// <param name="imageBytes">Average bytes of a picture's file.</param>
    /// <param name="seed">Decides everything that the others leave open.</param>
    /// <exception cref="IOException">The file is there, or cannot be written.</exception>
    public static void Write(string file, int studies, int images, int imageBytes, int seed = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var pictures = new PngPictures(imageBytes, seed);
        var (projections, reports) = (new StringBuilder("uid,filename,projection\n"), new StringBuilder("uid,MeSH,Problems,image,indication,comparison,findings,impression\n"));
        using var archive = new ZipArchive(new FileStream(file, FileMode.CreateNew), ZipArchiveMode.Create);
        for (var study = 0; study < studies; study++)
        {
            var uid = study + 1;
            for (var image = study; image < images; image += studies)
            {
                var number = image / studies;
                var name = string.Create(CultureInfo.InvariantCulture, $"{uid}_IM-{uid:0000}-{4001 + number}.dcm.png");
                var (view, projection) = number % 2 == 0 ? (ViewPosition.PA, "Frontal") : (ViewPosition.Lateral, "Lateral");
                Add(archive, "images/images_normalized/" + name, pictures.Write(view, SeededRandom.For((ulong)seed, (ulong)uid, (ulong)number).NextBits()));
                projections.Append(CultureInfo.InvariantCulture, $"{uid},{name},{projection}\n");
            }

            reports.Append(
                CultureInfo.InvariantCulture,
                $"{uid},normal,normal,\"Xray Chest PA and Lateral\",\"SYNTHETIC, no patient\",None.,\"Number {uid}: heart and lungs as they should be.\",No acute findings.\n");
        }

        Add(archive, "indiana_projections.csv", Encoding.ASCII.GetBytes(projections.ToString()));
        Add(archive, "indiana_reports.csv", Encoding.ASCII.GetBytes(reports.ToString()));
    }

    private static void Add(ZipArchive archive, string name, byte[] content)
    {
        var entry = archive.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var stream = entry.Open();
        stream.Write(content);
    }
}
