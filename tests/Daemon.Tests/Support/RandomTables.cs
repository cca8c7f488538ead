using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>Random images and the tables about them, as text; what a test expects is worked out from the images, not the tables.</summary>
internal sealed class RandomTables
{
    public const string Metadata = "mimic-cxr-2.0.0-metadata.csv.gz";
    public const string Split = "mimic-cxr-2.0.0-split.csv.gz";
    public const string Chexpert = "mimic-cxr-2.0.0-chexpert.csv.gz";
    public const string Negbio = "mimic-cxr-2.0.0-negbio.csv.gz";

    public static readonly string[] Labelers = ["chexpert", "negbio"];
    public static readonly string[] Labels = ["Edema", "No Finding", "Pneumonia", "Support Devices"];

    private static readonly string[] States = ["1.0", "0.0", "-1.0", ""];

    public RandomTables(int seed, int patients = 60)
    {
        var random = new Random(seed);
        var images = new List<TableImage>();
        for (var i = 0; i < patients; i++)
        {
            var subject = 10_000_000 + (i * 7919);
            var split = Pick(random, "train", "train", "validate", "test");
            for (var s = random.Next(1, 4); s > 0; s--)
            {
                var study = 50_000_000 + (i * 100) + s;
                var labels = (from labeler in Labelers from label in Labels select (Name: TableImage.Key(labeler, label), State: Pick(random, States)))
                    .ToDictionary(label => label.Name, label => label.State);
                var date = random.Next(8) == 0 ? "" : $"21{random.Next(10, 100)}{random.Next(1, 13):00}{random.Next(1, 29):00}";
                for (var n = random.Next(1, 4); n > 0; n--)
                {
                    var id = $"{random.Next():x8}-{random.Next():x8}";
                    images.Add(new TableImage(
                        $"files/p{subject / 1_000_000}/p{subject}/s{study}/{id}.jpg", subject, study, id, Pick(random, "PA", "AP", "LATERAL", ""), split, date,
                        $"{random.Next(1000, 4000)}", $"{random.Next(1000, 4000)}", labels));
                }
            }
        }

        Images = [.. images.OrderBy(image => image.Path, StringComparer.Ordinal)];
        Catalog = Lists.Catalog([.. Images.Select(image => image.Path), "LICENSE.txt", "files/README"]);
        Tables[Metadata] = Text("dicom_id,subject_id,study_id,Procedure,ViewPosition,Rows,Columns,StudyDate", Images.Select(image =>
            $"{image.DicomId},{image.Subject},{image.Study},\"CHEST (PA, AND \"\"LAT\"\")\",{image.View},{image.Rows},{image.Columns},{image.Date}"));
        Tables[Split] = Text("dicom_id,study_id,subject_id,split", Images.Select(image => $"{image.DicomId},{image.Study},{image.Subject},{image.Split}"));
        Tables[Chexpert] = LabelTable("chexpert");
        Tables[Negbio] = LabelTable("negbio");
    }

    /// <summary>In path order.</summary>
    public IReadOnlyList<TableImage> Images { get; }

    public CatalogSnapshot Catalog { get; }

    /// <summary>The tables' texts, by name; change them to break them.</summary>
    public Dictionary<string, string> Tables { get; } = [];

    /// <summary>Bytes to give for a table instead of its text.</summary>
    public Dictionary<string, byte[]> Instead { get; } = [];

    public static T Pick<T>(Random random, params T[] from) => from[random.Next(from.Length)];

    public static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    public Task<ImageTable> ImportAsync() => TableImport.RunAsync(
        Catalog,
        name => Tables.TryGetValue(name, out var text) ? new MemoryStream(Instead.GetValueOrDefault(name) ?? Gzip(text)) : null,
        TestContext.Current.CancellationToken);

    private static string Text(string header, IEnumerable<string> rows) => string.Concat(rows.Prepend(header).Select(row => row + "\n"));

    private string LabelTable(string labeler) => Text(
        "subject_id,study_id," + string.Join(',', Labels),
        Images.DistinctBy(image => image.Study).Select(image =>
            $"{image.Subject},{image.Study},{string.Join(',', Labels.Select(label => image.Labels[TableImage.Key(labeler, label)]))}"));
}
