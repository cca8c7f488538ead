using System.IO.Compression;
using System.Security.Cryptography;

namespace MimicCxr.Sandbox.Tests.DataSets;

public sealed class ListFileTests(SampleDataSets samples)
{
    private static readonly string[] Labels =
    [
        "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion",
        "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax", "Support Devices",
    ];

    [Theory]
    [InlineData("mimic-cxr-jpg")]
    [InlineData("mimic-cxr")]
    public async Task Checksums_EveryFile_AreListedOnceInByteOrderAndRight(string slug)
    {
        var folder = Path.Combine(samples.Root, slug, "2.1.0");
        var listed = SampleDataSets.ReadChecksums(folder);

        Assert.Equal(listed.Select(line => line.Path).Order(StringComparer.Ordinal), listed.Select(line => line.Path));
        var present = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path)).Where(path => path != "SHA256SUMS.txt").Order(StringComparer.Ordinal);
        Assert.Equal(present, listed.Select(line => line.Path));
        foreach (var (digest, path) in listed)
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, path), TestContext.Current.CancellationToken);
            Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }

    [Fact]
    public void Counts_OfBothDataSets_AreAsAskedFor()
    {
        Assert.Equal((SampleDataSets.Patients, SampleDataSets.Images), (samples.Jpg.Patients, samples.Jpg.Images));
        Assert.Equal(samples.Jpg.Studies, samples.Dicom.Studies);
        Assert.InRange(samples.Jpg.Studies, SampleDataSets.Patients, SampleDataSets.Images);
        foreach (var counts in new[] { samples.Jpg, samples.Dicom })
        {
            var files = Directory.GetFiles(counts.Folder, "*", SearchOption.AllDirectories);
            Assert.Equal(files.Length, counts.Files);
            var images = files.Where(path => path.EndsWith(".jpg", StringComparison.Ordinal) || path.EndsWith(".dcm", StringComparison.Ordinal)).ToList();
            Assert.Equal(SampleDataSets.Images, images.Count);
            Assert.Equal(images.Sum(path => new FileInfo(path).Length), counts.ImageBytes);
            Assert.InRange(counts.ImageBytes / images.Count, SampleDataSets.ImageBytes * 95 / 100, SampleDataSets.ImageBytes * 105 / 100);
        }
    }

    [Fact]
    public void TopFolders_OfTheSample_AreP10ToP19()
    {
        var names = new DirectoryInfo(Path.Combine(samples.Jpg.Folder, "files")).EnumerateDirectories().Select(folder => folder.Name);

        Assert.Equal(Enumerable.Range(10, 10).Select(number => $"p{number}"), names.Order());
    }

    [Fact]
    public void ImageFilenames_OfTheSample_AreTheFilesInTheRightForm()
    {
        var paths = File.ReadAllLines(Path.Combine(samples.Jpg.Folder, "IMAGE_FILENAMES"));

        Assert.Equal(SampleDataSets.Images, paths.Length);
        Assert.All(paths, path =>
        {
            Assert.Matches(@"^files/p1\d/p1\d{7}/s5\d{7}/[0-9a-f]{8}(-[0-9a-f]{8}){4}\.jpg$", path);
            Assert.Equal(path.Split('/')[1], path.Split('/')[2][..3]);
            Assert.True(File.Exists(Path.Combine(samples.Jpg.Folder, path)));
        });
    }

    [Fact]
    public void JpgTables_OfTheSample_Join()
    {
        var paths = File.ReadAllLines(Path.Combine(samples.Jpg.Folder, "IMAGE_FILENAMES"));
        var split = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.0.0-split.csv.gz");
        var metadata = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.0.0-metadata.csv.gz");

        Assert.Equal(paths, split.Select(row => PathOf(row) + ".jpg"));
        Assert.Equal(paths, metadata.Select(row => PathOf(row) + ".jpg"));
        Assert.Equal(["dicom_id", "study_id", "subject_id", "split"], split[0].Keys);
        Assert.Equal(["test", "train", "validate"], split.Select(row => row["split"]).Distinct().Order());
        Assert.All(split.GroupBy(row => row["subject_id"]), patient => Assert.Single(patient.DistinctBy(row => row["split"])));
        Assert.All(split.GroupBy(row => row["study_id"]), study => Assert.InRange(study.Count(), 1, 4));
        Assert.Equal(["AP", "LATERAL", "LL", "PA"], metadata.Select(row => row["ViewPosition"]).Where(view => view.Length > 0).Distinct().Order());
        Assert.Contains("", metadata.Select(row => row["ViewPosition"]));
        Assert.All(metadata, row => Assert.Matches(@"^\d{8}$", row["StudyDate"]));
        Assert.All(metadata, row => Assert.Matches(@"^\d{6}\.\d{3}$", row["StudyTime"]));
    }

    [Theory]
    [InlineData("mimic-cxr-2.0.0-chexpert.csv.gz")]
    [InlineData("mimic-cxr-2.0.0-negbio.csv.gz")]
    public void LabelTables_OfTheSample_HaveARowForEachLabelledStudy(string name)
    {
        var rows = SampleDataSets.ReadTable(samples.Jpg.Folder, name);

        Assert.Equal(["subject_id", "study_id", .. Labels], rows[0].Keys);
        Assert.Equal(samples.Jpg.LabelledStudies, rows.Count);
        Assert.All(rows, row => Assert.True(Directory.Exists(Path.Combine(samples.Jpg.Folder, StudyOf(row)))));
        Assert.Equal(["", "-1.0", "0.0", "1.0"], rows.SelectMany(row => row.Values.Skip(2)).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TestSetTable_OfTheSample_HasOnlyStudiesOfTheTestSplit()
    {
        var rows = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.1.0-test-set-labeled.csv");
        var split = SampleDataSets.ReadTable(samples.Jpg.Folder, "mimic-cxr-2.0.0-split.csv.gz");

        Assert.NotEmpty(rows);
        Assert.Contains("Airspace Opacity", rows[0].Keys);
        var testStudies = split.Where(row => row["split"] == "test").Select(row => row["study_id"]).ToHashSet();
        Assert.Subset(testStudies, rows.Select(row => row["study_id"]).ToHashSet());
    }

    [Fact]
    public void DicomLists_OfTheSample_NameTheSameImagesAndStudiesAsTheJpgs()
    {
        var records = SampleDataSets.ReadTable(samples.Dicom.Folder, "cxr-record-list.csv.gz");
        var studies = SampleDataSets.ReadTable(samples.Dicom.Folder, "cxr-study-list.csv.gz");
        var providers = SampleDataSets.ReadTable(samples.Dicom.Folder, "cxr-provider-list.csv.gz");

        Assert.Equal(["subject_id", "study_id", "dicom_id", "path"], records[0].Keys);
        Assert.All(records, row => Assert.Equal(PathOf(row) + ".dcm", row["path"]));
        Assert.All(records, row => Assert.True(File.Exists(Path.Combine(samples.Dicom.Folder, row["path"]))));
        Assert.All(records, row => Assert.True(File.Exists(Path.Combine(samples.Jpg.Folder, PathOf(row) + ".jpg"))));
        Assert.Equal(["subject_id", "study_id", "path"], studies[0].Keys);
        Assert.Equal(records.Select(row => row["study_id"]).Distinct(), studies.Select(row => row["study_id"]));
        Assert.Equal(studies.Select(row => row["study_id"]), providers.Select(row => row["study_id"]));
    }

    [Fact]
    public async Task Reports_OfTheSample_AreOneAStudyWithFindingsAndImpression()
    {
        var studies = SampleDataSets.ReadTable(samples.Dicom.Folder, "cxr-study-list.csv.gz");
        await using var archive = await ZipFile.OpenReadAsync(
            Path.Combine(samples.Dicom.Folder, "mimic-cxr-reports.zip"), TestContext.Current.CancellationToken);

        Assert.Equal(studies.Select(row => row["path"]), archive.Entries.Select(entry => entry.FullName));
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(TestContext.Current.CancellationToken));
            var text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Contains("FINAL REPORT", text, StringComparison.Ordinal);
            Assert.Contains(" FINDINGS:", text, StringComparison.Ordinal);
            Assert.Contains(" IMPRESSION:", text, StringComparison.Ordinal);
            Assert.Contains("synthetic", text, StringComparison.Ordinal);
        }
    }

    private static string StudyOf(Dictionary<string, string> row) =>
        $"files/p{row["subject_id"][..2]}/p{row["subject_id"]}/s{row["study_id"]}";

    private static string PathOf(Dictionary<string, string> row) => $"{StudyOf(row)}/{row["dicom_id"]}";
}
