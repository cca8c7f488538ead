using System.Text;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Tables;

/// <summary>Indiana's images and its table of projections.</summary>
public sealed class IndianaTablesTests
{
    private const string Folder = "images/images_normalized/";

    /// <summary>In path order, where a digit comes before '_'.</summary>
    private static readonly string[] Images = ["10_IM-0002-1001.dcm.png", "1_IM-0001-3001.dcm.png", "1_IM-0001-4001.dcm.png", "2_IM-0652-1001.dcm.png"];

    [Fact]
    public async Task Run_Projections_AreTheViewsOfTheirImages()
    {
        var images = await ImportAsync(
            "uid,filename,projection\n1,1_IM-0001-4001.dcm.png,Frontal\n1,1_IM-0001-3001.dcm.png,Lateral\n10,10_IM-0002-1001.dcm.png,Frontal\n");

        Assert.Equal(Images.Select(name => Folder + name), Enumerable.Range(0, images.Count).Select(images.Path));
        Assert.Equal([10, 1, 1, 2], images.Studies);
        Assert.Equal(images.Studies, images.Subjects);
        Assert.Equal(["Frontal", "Lateral", "Frontal", ""], Enumerable.Range(0, images.Count).Select(image => images.Views[image]));
        Assert.Equal("images", Encoding.UTF8.GetString(images.Folder));
    }

    [Fact]
    public async Task Run_RowsThatFitNothing_AreCounted()
    {
        var images = await ImportAsync("uid,filename,projection\nx,1_IM-0001-4001.dcm.png,Frontal\n2,1_IM-0001-4001.dcm.png,Frontal\n3,none,Frontal\n1,1_IM-0001-4001.dcm.png,Frontal\n");

        var report = Assert.Single(images.Reports);
        Assert.Equal((4, 2, 1), (report.Rows, report.Foreign, report.Malformed));
    }

    [Fact]
    public async Task Query_ByProjection_FindsItsImagesAndTellsWhatThereIsNot()
    {
        var images = await ImportAsync("uid,filename,projection\n1,1_IM-0001-4001.dcm.png,Frontal\n1,1_IM-0001-3001.dcm.png,Lateral\n10,10_IM-0002-1001.dcm.png,Frontal\n");

        Assert.Equal([0, 2], QueryRun.Run(images, new ImageQuery { Views = ["frontal"] }, _ => true));
        Assert.Contains("Frontal", Assert.Throws<ArgumentException>(() => QueryRun.Run(images, new ImageQuery { Views = ["PA"] }, _ => true)).Message, StringComparison.Ordinal);
        Assert.Contains("no table of splits", Assert.Throws<ArgumentException>(() => QueryRun.Run(images, new ImageQuery { Splits = ["train"] }, _ => true)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => QueryRun.Run(images, new ImageQuery { Where = ["Pneumonia=1"] }, _ => true));
    }

    private static Task<ImageTable> ImportAsync(string projections) => TableImport.RunAsync(
        Lists.Catalog([.. Images.Select(name => Folder + name), "images/x/3_IM-1.png", "images/images_normalized/readme.png", "indiana_projections.csv"]),
        name => name == "indiana_projections.csv" ? new MemoryStream(Encoding.UTF8.GetBytes(projections)) : null,
        TestContext.Current.CancellationToken);
}
