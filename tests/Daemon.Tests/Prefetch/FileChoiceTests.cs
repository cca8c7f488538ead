using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class FileChoiceTests
{
    private static readonly CatalogSnapshot Catalog = Lists.Catalog(
        "LICENSE.txt", "SHA256SUMS.txt", "files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg", "table.csv.gz");

    [Fact]
    public void Choose_Nothing_IsEmpty() => Assert.Empty(Choose([]));

    [Fact]
    public void Choose_All_IsEverythingInPathOrder() => Assert.Equal(
        ["LICENSE.txt", "SHA256SUMS.txt", "files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg", "table.csv.gz"], Choose([], all: true));

    [Fact]
    public void Choose_Metadata_IsWhatStandsBesideTheImages() =>
        Assert.Equal(["LICENSE.txt", "SHA256SUMS.txt", "table.csv.gz"], Choose([], metadata: true));

    [Fact]
    public void Choose_PatternsThatOverlap_TakeEachFileOnceInPathOrder() =>
        Assert.Equal(["files/p10/a.jpg", "files/p10/b.jpg", "files/p11/c.jpg"], Choose(["files/p11", "files/p10/b.jpg", "files", "**/a.jpg"]));

    [Fact]
    public void Choose_PatternsAndMetadata_AddUp() =>
        Assert.Equal(["LICENSE.txt", "SHA256SUMS.txt", "files/p10/b.jpg", "table.csv.gz"], Choose(["files/p10/b.jpg"], metadata: true));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Choose_PatternThatMatchesNothing_IsNamed(bool all)
    {
        var e = Assert.Throws<ArgumentException>(() => Choose(["files/p10", "files/p19/*", "files/p11"], all: all));

        Assert.StartsWith("'files/p19/*' matches no file", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("files/p10", e.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Choose(string[] patterns, bool metadata = false, bool all = false) =>
        FileChoice.Choose(Catalog, patterns, metadata, all).Select(file => Catalog.Path(Catalog.NodeOf(file)));
}
