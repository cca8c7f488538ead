using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class PathListTests
{
    private static readonly byte[] Hash1 = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] Hash2 = [.. Enumerable.Repeat((byte)2, 32)];

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("a/.")]
    [InlineData("a\0b")]
    public void Add_NotAPathInside_Throws(string path) =>
        Assert.Throws<InvalidDataException>(() => Lists.Of(path));

    [Theory]
    [InlineData("..a")]
    [InlineData("a/...")]
    [InlineData("a\\b")]
    [InlineData("a b/c d")]
    public void Add_OddButInside_IsKept(string path) => Assert.Equal([path], Lists.Paths(Lists.Of(path)));

    [Fact]
    public void Add_NameLongerThanAFileSystemTakes_Throws()
    {
        // The kernel refuses a listing that holds one, and with it the whole directory.
        Assert.Equal(1, Lists.Of("a/" + new string('b', 255)).Count);
        Assert.Throws<InvalidDataException>(() => Lists.Of("a/" + new string('b', 256)));
        Assert.Throws<InvalidDataException>(() => Lists.Of(new string('b', 256) + "/a"));
    }

    [Fact]
    public void SortAndMerge_Unsorted_Sorts()
    {
        var list = Lists.Of("s1.txt", "b", "s1/x", "a", "s1-x");

        list.SortAndMerge();

        Assert.Equal(["a", "b", "s1/x", "s1-x", "s1.txt"], Lists.Paths(list));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SortAndMerge_Repeated_KeepsTheOneWithAChecksum(bool checksumFirst)
    {
        var list = new PathList();
        list.Add("a"u8, checksumFirst ? Hash1 : default);
        list.Add("b"u8, Hash2);
        list.Add("a"u8, checksumFirst ? default : Hash1);

        list.SortAndMerge();

        Assert.Equal(["a", "b"], Lists.Paths(list));
        Assert.Equal(Hash1, list.Sha256(0).ToArray());
        Assert.Equal(Hash2, list.Sha256(1).ToArray());
    }

    [Fact]
    public void Add_MoreThanFitsAtFirst_KeepsAll()
    {
        var list = new PathList();
        for (var i = 0; i < 5000; i++)
        {
            list.Add(Encoding.UTF8.GetBytes($"files/{i:d8}"), i % 2 == 0 ? Hash1 : default);
        }

        list.SortAndMerge();

        Assert.Equal(5000, list.Count);
        Assert.Equal("files/00004999", Encoding.UTF8.GetString(list.Path(4999)));
        Assert.True(list.Sha256(4999).IsEmpty);
        Assert.Equal(Hash1, list.Sha256(4998).ToArray());
    }
}
