using MimicCxr.Daemon.Prefetch;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class PathPatternTests
{
    private const string Image = "files/p10/p10000032/s50414267/a-1.jpg";

    [Theory]
    // Names: a file itself, a directory all below it.
    [InlineData(Image, Image)]
    [InlineData("files", Image)]
    [InlineData("files/", Image)]
    [InlineData("/files/p10", Image)]
    [InlineData("files/p10/p10000032/s50414267", Image)]
    [InlineData("", Image)]
    [InlineData("/", Image)]
    [InlineData("./files/p10", Image)]
    [InlineData(".", Image)]
    [InlineData("files//p10/./p10000032", Image)]
    // * and ? stay within a part.
    [InlineData("*", Image)]
    [InlineData("*", "README")]
    [InlineData("files/*/*/*/*.jpg", Image)]
    [InlineData("files/p1?", Image)]
    [InlineData("f*s/p*0/*32", Image)]
    // ** goes over parts, over none too.
    [InlineData("**", Image)]
    [InlineData("**/*.jpg", Image)]
    [InlineData("**/*.jpg", "x.jpg")]
    [InlineData("**.jpg", Image)]
    [InlineData("files/**/*.jpg", Image)]
    [InlineData("files/**/p10/**", Image)]
    [InlineData("**/s50414267", Image)]
    // Sets.
    [InlineData("files/p1[0-3]", Image)]
    [InlineData("files/p1[!1-9]", Image)]
    [InlineData("files/p1[^1-9]", Image)]
    [InlineData("files/p1[0]", Image)]
    [InlineData("x[]-a]y", "x]y")]
    [InlineData("x[!]]y", "x-y")]
    [InlineData("x[a-]y", "x-y")]
    [InlineData("x[[]y", "x[y")]
    [InlineData("x[\\]y", "x\\y")]
    [InlineData("x[&&a]y", "x&y")]
    // Not closed: a character like any other.
    [InlineData("x[y", "x[y")]
    [InlineData("x[]y", "x[]y")]
    // What a regular expression would take otherwise.
    [InlineData("a.b+c(d)$^|{2}", "a.b+c(d)$^|{2}")]
    public void IsMatch_WhatIsMeant_Matches(string pattern, string path) => Assert.True(new PathPattern(pattern).IsMatch(path));

    [Theory]
    [InlineData("file", Image)]
    [InlineData("iles", Image)]
    [InlineData("p10", Image)]
    [InlineData("files/p1", Image)]
    [InlineData("FILES", Image)]
    [InlineData(Image + "/x", Image)]
    [InlineData("..", Image)]
    [InlineData("../files", Image)]
    [InlineData("*.jpg", Image)]
    [InlineData("files/*.jpg", Image)]
    [InlineData("files/*/*.jpg", Image)]
    [InlineData("files?p10", Image)]
    [InlineData("?", "README")]
    [InlineData("**/*.dcm", Image)]
    [InlineData("files/p1[1-9]", Image)]
    [InlineData("files/p1[!0]", Image)]
    [InlineData("files/p1[^0]", Image)]
    [InlineData("files[!x]p10", Image)]
    [InlineData("files[^x]p10", Image)]
    [InlineData("files[.-0]p10", Image)]
    [InlineData("files[/]p10", Image)]
    [InlineData("README.txt", "READMExtxt")]
    [InlineData("a|b", "a")]
    [InlineData("x[a-c-e]y", "xdy")]
    public void IsMatch_WhatIsNotMeant_DoesNotMatch(string pattern, string path) => Assert.False(new PathPattern(pattern).IsMatch(path));

    [Theory]
    [InlineData("files/p1[3-0]")]
    [InlineData("x[z-a]")]
    public void Constructor_RangeFromLargerToSmaller_NamesThePattern(string pattern)
    {
        var e = Assert.Throws<ArgumentException>(() => new PathPattern(pattern));

        Assert.StartsWith($"'{pattern}' ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_TooLong_IsAnArgumentException() =>
        Assert.Throws<ArgumentException>(() => new PathPattern(string.Concat(Enumerable.Repeat("*a?", 10_000))));
}
