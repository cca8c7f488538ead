using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class DirectoryPageTests
{
    [Fact]
    public void Parse_PageOfNginx_TellsFilesOnly()
    {
        const string Page =
            "<html>\r\n<head><title>Index of /files/</title></head>\r\n<body>\r\n<h1>Index of /files/</h1><hr><pre><a href=\"../\">../</a>\r\n"
            + "<a href=\"p10/\">p10/</a>                                   21-Nov-2026 03:07                   -\r\n"
            + "<a href=\"a.jpg\">a.jpg</a>                                  21-Nov-2026 03:07              210319\r\n"
            + "<a href=\"b%20c%2B.txt\">b c+.txt</a>                              01-Jan-2020 00:00                   0\r\n"
            + "<a href=\"0123456789-0123456789-0123456789-0123456789-0123456789.jpg\">0123456789-0123456789-0123456789-0123456789-01..&gt;</a> 21-Nov-2026 03:07          9999999999\r\n"
            + "</pre><hr></body>\r\n</html>\r\n";

        Assert.Equal(
            [
                new FileLength("a.jpg", 210319),
                new FileLength("b c+.txt", 0),
                new FileLength("0123456789-0123456789-0123456789-0123456789-0123456789.jpg", 9999999999),
            ],
            DirectoryPage.Parse(Page));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Sign in</html>")]
    [InlineData("<a href=\"a.jpg\">a.jpg</a> 21-Nov-2026 03:07 99999999999999999999999\n")] // no length at all
    [InlineData("<a href=\"a.jpg\">a.jpg</a> 21-Nov-2026 03:07 12K\n")] // not exact
    [InlineData("<a href=\"https://x/a.jpg\">a.jpg</a> 21-Nov-2026 03:07 12\n")]
    public void Parse_NoExactFile_IsEmpty(string page) => Assert.Empty(DirectoryPage.Parse(page));
}
