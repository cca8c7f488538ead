using System.Text;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class PathOrderTests
{
    [Theory]
    [InlineData("s1", "s1/x")] // a directory's name before what it holds
    [InlineData("s1/x", "s1 x")] // ' ' is a lower byte than '/'
    [InlineData("s1/x", "s1-x")]
    [InlineData("s1/x", "s1.txt")]
    [InlineData("s1/\u007f", "s1!")]
    [InlineData("a", "b")]
    [InlineData("a/b", "a/c")]
    [InlineData("", "a")]
    [InlineData("z", "\u00e9")] // bytes, not letters
    public void Compare_InOrder_IsNegativeAndItsReversePositive(string first, string second)
    {
        var (a, b) = (Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(second));

        Assert.True(PathOrder.Compare(a, b) < 0);
        Assert.True(PathOrder.Compare(b, a) > 0);
        Assert.Equal(0, PathOrder.Compare(a, a));
    }

    [Fact]
    public void Compare_RandomPaths_KeepsEveryDirectoryTogether()
    {
        var random = new Random(7);
        var paths = Enumerable.Range(0, 400)
            .Select(_ => string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => "a! -.0z"[random.Next(7)])]))))
            .Distinct()
            .OrderBy(Encoding.UTF8.GetBytes, Comparer<byte[]>.Create((a, b) => PathOrder.Compare(a, b)))
            .ToList();

        foreach (var directory in paths.Where(path => path.Contains('/')).Select(path => path[..(path.LastIndexOf('/') + 1)]).Distinct())
        {
            var places = paths.Index().Where(path => path.Item.StartsWith(directory, StringComparison.Ordinal)).Select(path => path.Index).ToList();
            Assert.Equal(places.Count - 1, places[^1] - places[0]);
        }
    }
}
