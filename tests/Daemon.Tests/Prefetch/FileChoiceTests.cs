using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class FileChoiceTests
{
    private static readonly DataSetId DataSet = new("mimic-cxr-jpg", "2.1.0");

    private static readonly CatalogSnapshot Catalog = Lists.Catalog(
        "LICENSE.txt", "SHA256SUMS.txt", "files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg", "table.csv.gz");

    [Fact]
    public void Choose_Nothing_IsEmpty() => Assert.Empty(Choose([]));

    [Fact]
    public void Choose_All_IsEverythingInPathOrder() => Assert.Equal(
        ["LICENSE.txt", "SHA256SUMS.txt", "files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg", "table.csv.gz"], Choose([], choice => choice.AddAll()));

    [Fact]
    public void Choose_Metadata_IsWhatStandsBesideTheImages() =>
        Assert.Equal(["LICENSE.txt", "SHA256SUMS.txt", "table.csv.gz"], Choose([], choice => choice.AddMetadata()));

    [Fact]
    public void Choose_PatternsThatOverlap_TakeEachFileOnceInPathOrder() =>
        Assert.Equal(["files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg"], Choose(["files/p11", "files/p10/b.jpg", "files", "**/a.jpg"]));

    [Fact]
    public void Choose_PatternsAndMetadata_AddUp() =>
        Assert.Equal(["LICENSE.txt", "SHA256SUMS.txt", "files/p10/b.jpg", "table.csv.gz"], Choose(["files/p10/b.jpg"], choice => choice.AddMetadata()));

    [Theory]
    [InlineData("files/p10/b.jpg")]
    [InlineData("./files/p10//b.jpg")]
    [InlineData("/files/p10/b.jpg")]
    [InlineData("mimic-cxr-jpg/2.1.0/files/p10/b.jpg")]
    [InlineData("https://physionet.org/files/mimic-cxr-jpg/2.1.0/files/p10/b.jpg")]
    [InlineData("/mnt/mimic/files/p10/b.jpg")]
    [InlineData("/mnt/mimic/files/*/b.jpg")]
    public void Choose_PathAsToolsWriteIt_IsTheFile(string path) => Assert.Equal(["files/p10/b.jpg"], Choose([path]));

    [Fact]
    public void Choose_MountPoint_IsEverything() => Assert.Equal(Catalog.FileCount, Choose(["/mnt/mimic/"]).Count());

    [Theory]
    [InlineData("mimic-cxr/2.1.0/files/p10/b.dcm")]
    [InlineData("/mnt/dicom/files/p10/b.dcm")]
    public void Choose_PathOfAnotherDataSet_SaysWhich(string path)
    {
        var e = Assert.Throws<ArgumentException>(() => Choose([path]));

        Assert.EndsWith("Say --dataset mimic-cxr/2.1.0.", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("files/p19/*")]
    [InlineData("files/p19/x.jpg")]
    [InlineData("/mnt/mimic2/files/p10/b.jpg")]
    public void Choose_WhatMatchesNothing_IsNamed(string unknown)
    {
        var e = Assert.Throws<ArgumentException>(() => Choose(["files/p10", unknown, "files/p11"]));

        Assert.StartsWith($"'{unknown}' matches no file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ListWithManyUnknownPaths_NamesTheFirstAndCountsThem()
    {
        var e = Assert.Throws<ArgumentException>(() => Choose([.. Enumerable.Range(0, 5000).Select(i => $"files/x{i}.jpg"), "files/p10/a.jpg"]));

        Assert.StartsWith("5000 of 5001 paths match no file of mimic-cxr-jpg/2.1.0: 'files/x0.jpg', 'files/x1.jpg'", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("x5.jpg", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_MoreGlobsThanAreHeldAgainstEveryPath_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Choose([.. Enumerable.Range(0, 101).Select(_ => "files/*/a.jpg")]));

    [Fact]
    public void Choose_ReportsWhereThereAreNone_SaysHowToBringThem()
    {
        var e = Assert.Throws<ArgumentException>(() => Choose([], choice => choice.AddReports()));

        Assert.Contains("'mimic-cxr prefetch --dataset mimic-cxr/2.1.0 --reports'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ReportsAndMetadataOfDicom_AreDisjoint()
    {
        var catalog = Lists.Catalog("LICENSE.txt", "mimic-cxr-reports.zip", "files/p10/a.dcm");

        Assert.Equal(["mimic-cxr-reports.zip"], Choose(catalog, [], choice => choice.AddReports()));
        Assert.Equal(["LICENSE.txt"], Choose(catalog, [], choice => choice.AddMetadata()));
    }

    [Theory]
    [InlineData("files/p10/a.jpg", "files/p10/a.jpg")]
    [InlineData("2 paths", "files/p10/a.jpg", "files/p11")]
    public void Finish_Paths_AreDescribedInFewWords(string expected, params string[] paths)
    {
        var choice = New(Catalog);
        Array.ForEach(paths, choice.Add);

        Assert.Equal(expected, choice.Finish().Description);
    }

    private static IEnumerable<string> Choose(IEnumerable<string> patterns, Action<FileChoice>? more = null) => Choose(Catalog, patterns, more);

    private static IEnumerable<string> Choose(CatalogSnapshot catalog, IEnumerable<string> patterns, Action<FileChoice>? more)
    {
        var choice = New(catalog);
        more?.Invoke(choice);
        foreach (var pattern in patterns)
        {
            choice.Add(pattern);
        }

        return [.. choice.Finish().Files.Select(file => catalog.Path(catalog.NodeOf(file)))];
    }

    private static FileChoice New(CatalogSnapshot catalog) => new(
        catalog, DataSet, new PathSpelling(DataSet, [("/mnt/mimic", "mimic-cxr-jpg/2.1.0"), ("/mnt/dicom", "mimic-cxr/2.1.0")]));
}
