using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class SelectionManifestTests : SelectionLayerTest
{
    [Fact]
    public async Task Manifest_HasALineForEachImageWithEverythingTheTablesSay()
    {
        await CreateAsync("some", Some);
        var file = Find("selections/some/manifest.csv");
        Assert.Equal(NodeAttributes.UnknownSize, file.Size);

        var expected = Text(await FindAsync(Some));

        Assert.Equal(expected, Encoding.UTF8.GetString(await TreeTest.ReadAsync(Tree, file.Node, 0, 1 << 20)));
        Assert.Equal(expected.Length, await Tree.GetSizeAsync(file.Node, readFollows: false, Token));
        Assert.Equal(file with { Size = expected.Length }, Find("selections/some/manifest.csv"));
    }

    [Fact]
    public async Task Manifest_AnyRange_IsThatPartOfIt()
    {
        var many = new RandomTables(seed: 9, patients: 300);
        var images = await many.ImportAsync();
        var files = new FileSet(images.Catalog.FileCount);
        var random = new Random(3);
        var chosen = Enumerable.Range(0, images.Count).Where(_ => random.Next(3) > 0).ToList();
        chosen.ForEach(image => files.Add(images.Files[image]));
        var manifest = new Manifest(images, files);
        Assert.False(manifest.TryRead(0, new byte[1], out _));
        var length = await manifest.MeasureAsync(Token);
        var expected = Encoding.UTF8.GetBytes(Text([.. chosen.Select(image => many.Images[image])]));
        Assert.Equal(expected.Length, length);
        Assert.True(chosen.Count > 600, "too few lines for several blocks");

        for (var i = 0; i < 300; i++)
        {
            var (offset, count) = (random.Next(expected.Length + 10), random.Next(1, 5000));
            var buffer = new byte[count];
            Assert.True(manifest.TryRead(offset, buffer, out var read));
            var end = Math.Min(expected.Length, offset + count);
            Assert.Equal(offset >= end ? [] : expected[offset..end], buffer[..read]);
        }
    }

    [Fact]
    public async Task Manifest_ValuesThatNeedQuotes_HaveThem()
    {
        Tables.Tables[RandomTables.Metadata] = Tables.Tables[RandomTables.Metadata].Replace(",PA,", ",\"PA, \"\"odd\"\"\",", StringComparison.Ordinal);
        Tables.Tables[RandomTables.Chexpert] = Tables.Tables[RandomTables.Chexpert].Replace("Edema", "\"Edema, all\"", StringComparison.Ordinal);
        var images = await Tables.ImportAsync();
        var files = new FileSet(images.Catalog.FileCount);
        var image = Tables.Images.ToList().FindIndex(image => image.View == "PA");
        files.Add(images.Files[image]);
        var manifest = new Manifest(images, files);
        var bytes = new byte[await manifest.MeasureAsync(Token)];

        manifest.TryRead(0, bytes, out _);

        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        Assert.Contains(",columns,\"Edema, all\",No Finding,", lines[0], StringComparison.Ordinal);
        Assert.Contains($",{Tables.Images[image].DicomId},\"PA, \"\"odd\"\"\",", lines[1], StringComparison.Ordinal);
        Assert.Equal(["", ""], lines[2..].Append("").Take(2));
    }

    private static string Text(IReadOnlyList<TableImage> images)
    {
        var labels = RandomTables.Labelers.SelectMany(labeler => RandomTables.Labels.Select(label => TableImage.Key(labeler, label))).ToList();
        var text = new StringBuilder("path,subject_id,study_id,dicom_id,view,split,study_date,rows,columns");
        labels.ForEach(label => text.Append(',').Append(label.StartsWith("chexpert:", StringComparison.Ordinal) ? label["chexpert:".Length..] : label));
        foreach (var image in images)
        {
            var date = image.Date.Length == 0 ? "" : $"{image.Date[..4]}-{image.Date[4..6]}-{image.Date[6..]}";
            text.Append('\n').AppendJoin(
                ',',
                [image.Path, $"{image.Subject}", $"{image.Study}", image.DicomId, image.View, image.Split, date, image.Rows, image.Columns, .. labels.Select(label => image.Labels[label])]);
        }

        return text.Append('\n').ToString();
    }
}
