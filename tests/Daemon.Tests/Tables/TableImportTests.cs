using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Tables;

public sealed class TableImportTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_RandomTables_EveryImageHasItsRows(int seed)
    {
        var tables = new RandomTables(seed);

        var images = await tables.ImportAsync();

        Assert.Equal(tables.Images.Select(Describe), Enumerable.Range(0, images.Count).Select(image => Describe(images, image)));
        Assert.All(images.Reports, report => Assert.Equal((0, 0), (report.Foreign, report.Malformed)));
        Assert.Equal(tables.Images.Count, images.Reports[0].Rows);
    }

    [Fact]
    public async Task Run_WindowsLineEndsAndByteOrderMark_AreNoPartOfTheValues()
    {
        var tables = new RandomTables(1);
        tables.Tables[RandomTables.Split] = "\uFEFF" + tables.Tables[RandomTables.Split].Replace("\n", "\r\n", StringComparison.Ordinal);

        var images = await tables.ImportAsync();

        Assert.Equal(tables.Images.Select(image => image.Split), Enumerable.Range(0, images.Count).Select(image => images.Splits[image]));
    }

    [Fact]
    public async Task Run_RowsThatFitNothing_AreCountedAndLeaveTheOthersAlone()
    {
        var tables = new RandomTables(1);
        tables.Tables[RandomTables.Split] += "no-such-id,50000001,10000000,train\nany,99,10000000,train\ntoo,few\nid,not a number,1,train\n";
        tables.Tables[RandomTables.Chexpert] += "1,99,1.0,1.0,1.0,1.0\n10000000,50000001,yes,1.0,1.0,1.0\n";
        tables.Tables[RandomTables.Metadata] += "id,1,50000001,x,PA,70000,1,21800101\nid,1,50000001,x,PA,1,1,May\n";

        var images = await tables.ImportAsync();

        Assert.Equal(tables.Images.Select(Describe), Enumerable.Range(0, images.Count).Select(image => Describe(images, image)));
        Assert.Equal([(RandomTables.Metadata, 0, 2), (RandomTables.Split, 2, 2), (RandomTables.Chexpert, 1, 1), (RandomTables.Negbio, 0, 0)],
            images.Reports.Select(report => (report.File, report.Foreign, report.Malformed)));
    }

    [Fact]
    public async Task Run_StudyWithoutARow_MentionsNothing()
    {
        var tables = new RandomTables(1);
        tables.Tables[RandomTables.Negbio] = tables.Tables[RandomTables.Negbio].Split('\n')[0] + "\n";

        var images = await tables.ImportAsync();

        Assert.All(images.Labelers[1].States, states => Assert.Equal(0u, states));
        Assert.Contains(images.Labelers[0].States, states => states != 0);
    }

    [Fact]
    public async Task Run_TableMissing_ItsColumnsAreEmpty()
    {
        var tables = new RandomTables(1);
        tables.Tables.Remove(RandomTables.Split);
        tables.Tables.Remove(RandomTables.Chexpert);

        var images = await tables.ImportAsync();

        Assert.Equal([""], images.Splits.Names);
        Assert.Equal(["negbio"], images.Labelers.Select(labeler => labeler.Name));
    }

    [Theory]
    [InlineData(RandomTables.Metadata, "ViewPosition")]
    [InlineData(RandomTables.Split, "split")]
    [InlineData(RandomTables.Negbio, "study_id")]
    public async Task Run_ColumnMissing_NamesTableAndColumn(string table, string column)
    {
        var tables = new RandomTables(1);
        tables.Tables[table] = tables.Tables[table].Replace(column, "other", StringComparison.Ordinal);

        var e = await Assert.ThrowsAsync<InvalidDataException>(tables.ImportAsync);

        Assert.Contains($"{table} has no column {column}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BytesThatAreNoGzip_NamesTheTable()
    {
        var tables = new RandomTables(1);
        tables.Instead[RandomTables.Split] = "<html>please sign in</html>"u8.ToArray();

        var e = await Assert.ThrowsAsync<InvalidDataException>(tables.ImportAsync);

        Assert.Contains(RandomTables.Split, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RowWithoutEnd_IsRefusedBeforeItFillsTheMemory()
    {
        var tables = new RandomTables(1);
        tables.Tables[RandomTables.Split] += "\"" + new string('x', 1 << 20);

        var e = await Assert.ThrowsAsync<InvalidDataException>(tables.ImportAsync);

        Assert.Contains(RandomTables.Split, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MoreLabelsThanFit_IsRefused()
    {
        var tables = new RandomTables(1);
        tables.Tables[RandomTables.Negbio] = "study_id," + string.Join(',', Enumerable.Range(0, Labeler.MostLabels + 1)) + "\n";

        await Assert.ThrowsAsync<InvalidDataException>(tables.ImportAsync);
    }

    [Fact]
    public async Task Run_MoreViewsThanAByte_TheRestIsMalformed()
    {
        var tables = new RandomTables(1, patients: 200);
        var lines = tables.Tables[RandomTables.Split].Split('\n');
        tables.Tables[RandomTables.Split] = string.Join('\n', lines.Select((line, i) => i is 0 ? line : line.Length == 0 ? line : line + i));

        var images = await tables.ImportAsync();

        Assert.Equal(256, images.Splits.Names.Count);
        Assert.Equal(tables.Images.Count - 255, images.Reports[1].Malformed);
    }

    private static string Describe(TableImage image) =>
        $"{image.Path} {image.Subject} {image.Study} {image.DicomId} {image.View} {image.Split} {image.Date} {image.Rows} {image.Columns} "
        + string.Join(' ', image.Labels.Select(label => label.Value));

    private static string Describe(ImageTable images, int image) =>
        $"{images.Path(image)} {images.Subjects[image]} {images.Studies[image]} {System.Text.Encoding.UTF8.GetString(images.DicomId(image))} "
        + $"{images.Views[image]} {images.Splits[image]} {(images.Dates[image] == 0 ? "" : images.Dates[image])} {images.Rows[image]} {images.Columns[image]} "
        + string.Join(' ', images.Labelers.SelectMany(labeler => labeler.Labels.Select((_, label) => labeler.StateOf(image, label) switch
        {
            LabelState.Positive => "1.0",
            LabelState.Negative => "0.0",
            LabelState.Uncertain => "-1.0",
            _ => "",
        })));
}
