using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Tests.PhysioNet;

public sealed partial class FileTests(SampleDataSets samples) : ServerTest(samples)
{
    private const string List = Base + "IMAGE_FILENAMES";

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=100-299", 100, 200)]
    [InlineData("bytes=100-", 100, int.MaxValue)]
    [InlineData("bytes=10-999999999", 10, int.MaxValue)]
    [InlineData("bytes=-50", -50, 50)]
    public async Task Get_OneRange_Is206WithThatPart(string range, int from, int length)
    {
        var whole = Original(List);
        var start = from < 0 ? whole.Length + from : from;
        var part = whole.AsSpan(start, Math.Min(length, whole.Length - start)).ToArray();

        using var response = await SendAsync(List, headers: headers => headers.Add("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {start}-{start + part.Length - 1}/{whole.Length}", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(part.Length, response.Content.Headers.ContentLength);
        Assert.Equal(part, await response.Content.ReadAsByteArrayAsync(Cancelled));
        Assert.Equal(range, Server.Log.Entries.Single().Range);
    }

    [Theory]
    [InlineData("bytes=999999999-")]
    [InlineData("bytes=-0")]
    public async Task Get_RangeWithoutBytes_Is416WithTheSize(string range)
    {
        using var response = await SendAsync(List, headers: headers => headers.Add("Range", range));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal($"bytes */{Original(List).Length}", response.Content.Headers.ContentRange!.ToString());
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("lines=0-1")]
    [InlineData("bytes=9-3")]
    public async Task Get_OtherRanges_AreIgnored(string range)
    {
        using var response = await SendAsync(List, headers: headers => headers.TryAddWithoutValidation("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Original(List), await response.Content.ReadAsByteArrayAsync(Cancelled));
    }

    [Fact]
    public async Task Get_IfRange_DecidesBetweenPartAndWhole()
    {
        using var head = await SendAsync(List, method: HttpMethod.Head);
        var etag = head.Headers.ETag!.ToString();
        var date = head.Content.Headers.LastModified!.Value.ToString("R", CultureInfo.InvariantCulture);

        foreach (var (condition, status) in new[] { (etag, 206), (date, 206), ("\"other\"", 200), ("Sat, 01 Jan 2000 00:00:00 GMT", 200) })
        {
            using var response = await SendAsync(List, headers: headers =>
            {
                headers.Add("Range", "bytes=5-9");
                headers.TryAddWithoutValidation("If-Range", condition);
            });
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Head_OfFile_HasTheHeadersOfGetAndNoBody()
    {
        using var get = await SendAsync(List);
        using var head = await SendAsync(List, method: HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(Original(List).Length, head.Content.Headers.ContentLength);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Content.Headers.LastModified, head.Content.Headers.LastModified);
        Assert.Equal("bytes", head.Headers.AcceptRanges.Single());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancelled));
        Assert.Equal(0, Server.Log.Entries.Single(entry => entry.Method == "HEAD").BytesSent);
    }

    [Fact]
    public async Task Get_DirectoryWithoutSlash_Is301ToTheSlash()
    {
        using var response = await SendAsync(Base + "files/p10");

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.Equal(new Uri(Server.BaseAddress, Base + "files/p10/"), response.Headers.Location);
    }

    [Theory]
    [InlineData("")]
    [InlineData("files/")]
    public async Task Get_Directory_IsAnAutoIndexWithExactSizes(string directory)
    {
        var page = System.Text.Encoding.UTF8.GetString(await GetAsync(Base + directory));

        Assert.Contains($"<h1>Index of {Base}{directory}</h1><hr><pre><a href=\"../\">../</a>", page, StringComparison.Ordinal);
        var listed = IndexLine().Matches(page).Select(match => (match.Groups[1].Value, match.Groups[3].Value)).ToList();
        var folder = new DirectoryInfo(Path.Combine(Samples.Jpg.Folder, directory));
        var expected = folder.GetDirectories().OrderBy(child => child.Name, StringComparer.Ordinal).Select(child => (child.Name + "/", "-"))
            .Concat(folder.GetFiles().OrderBy(child => child.Name, StringComparer.Ordinal)
                .Select(child => (child.Name, child.Length.ToString(CultureInfo.InvariantCulture))));
        Assert.Equal(expected, listed);
    }

    [Fact]
    public async Task Get_StudyDirectory_ShowsWholeImageNamesInNginxColumns()
    {
        var image = SomeImage(Samples);
        var page = System.Text.Encoding.UTF8.GetString(await GetAsync(image[..(image.LastIndexOf('/') + 1)]));

        var name = image[(image.LastIndexOf('/') + 1)..];
        var size = Original(image).Length.ToString(CultureInfo.InvariantCulture).PadLeft(19);
        Assert.Contains($"<a href=\"{name}\">{name}</a>{new string(' ', 51 - name.Length)}12-Mar-2024 12:00 {size}\r\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopAndStart_AnyNumberOfTimes_ListensOnTheSamePortAndKeepsSessions()
    {
        using var first = await SendAsync(Readme, cookie: "testcookie=1");
        var session = CookieOf(first, "sessionid");
        var address = Server.BaseAddress;
        for (var i = 0; i < 3; i++)
        {
            await Server.StopAsync();
            Assert.False(Server.IsRunning);
            await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(Readme));

            await Server.StartAsync(Cancelled);
            using var response = await SendAsync(Readme, account: null, cookie: session);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(address, Server.BaseAddress);
        }
    }

    [Fact]
    public async Task Start_PortTaken_FailsAndListensThereOnceItIsFree()
    {
        var port = Server.BaseAddress.Port;
        await using var second = new FakePhysioNet(Options with { Port = port });

        await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Cancelled));
        Assert.False(second.IsRunning);

        await Server.StopAsync();
        await second.StartAsync(Cancelled);
        Assert.Equal(port, second.BaseAddress.Port);
    }

    [Fact]
    public async Task Log_AfterRequests_HoldsEachAndResetForgetsThem()
    {
        var length = (await GetAsync(Readme)).Length;
        using var denied = await SendAsync(Readme, account: null, cookie: "a=b");

        Assert.Equal(
            [("GET", Readme, 200, true, false, length), ("GET", Readme, 401, false, true, 0)],
            Server.Log.Entries.Select(entry =>
                (entry.Method, entry.Path, entry.Status, entry.HadPassword, entry.HadCookie, entry.Status == 200 ? (int)entry.BytesSent : 0)));
        Assert.Equal(1, Server.Log.GetsByPath()[Readme]);
        Assert.Equal(1, Server.Log.RequestsByStatus()[401]);

        Server.Reset();
        Assert.Empty(Server.Log.Entries);
        Assert.Equal(0, Server.Log.PasswordHashes);
    }

    [GeneratedRegex("""<a href="([^"]+)">[^<]+</a> +(\d\d-\w{3}-\d{4} \d\d:\d\d) +(-|\d+)\r\n""")]
    private static partial Regex IndexLine();
}
