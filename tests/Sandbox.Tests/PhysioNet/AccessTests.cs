using System.Net;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Tests.PhysioNet;

public sealed class AccessTests(SampleDataSets samples) : ServerTest(samples)
{
    [Theory]
    [InlineData("curl/8.5.0")]
    [InlineData("python-requests/2.31")]
    [InlineData("wget/1.21")]
    [InlineData(null)]
    public async Task Get_OtherAgentWithRightPassword_Is403WithoutHash(string? agent)
    {
        using var response = await SendAsync(Readme, agent: agent);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(0, Server.Log.PasswordHashes);
    }

    [Theory]
    [InlineData("Wget/1.21.3")]
    [InlineData("Wget/1.21 (mimic-cxr 0.1)")]
    [InlineData("libwfdb/10.7")]
    public async Task Get_HonouredAgentWithRightPassword_Is200(string agent)
    {
        using var response = await SendAsync(Readme, agent: agent);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Original(Readme), await response.Content.ReadAsByteArrayAsync(Cancelled));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("alice:wrong", 1)]
    [InlineData("nobody:right horse: battery", 1)]
    public async Task Get_NoOrWrongPassword_Is401WithChallengeAndTestCookie(string? account, int hashes)
    {
        using var response = await SendAsync(Readme, account);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic realm=\"PhysioNet\", charset=\"UTF-8\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("testcookie=1", CookieOf(response, "testcookie"));
        Assert.Equal(hashes, Server.Log.PasswordHashes);
    }

    [Fact]
    public async Task Get_PasswordWithoutCookie_HashesEveryTimeAndStartsNoSession()
    {
        for (var i = 0; i < 3; i++)
        {
            using var response = await SendAsync(Readme);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Null(CookieOf(response, "sessionid"));
        }

        Assert.Equal(3, Server.Log.PasswordHashes);
    }

    [Fact]
    public async Task Get_PasswordWithTestCookie_StartsSessionThatSkipsTheHash()
    {
        using var first = await SendAsync(Readme, cookie: "testcookie=1");
        var session = CookieOf(first, "sessionid");
        Assert.NotNull(session);

        using var withoutPassword = await SendAsync(Readme, account: null, cookie: session);
        using var withPassword = await SendAsync(Readme, cookie: session);

        Assert.Equal(HttpStatusCode.OK, withoutPassword.StatusCode);
        Assert.Equal(HttpStatusCode.OK, withPassword.StatusCode);
        Assert.Equal(1, Server.Log.PasswordHashes);
    }

    [Fact]
    public async Task Get_ByClientThatAnswersTheChallenge_CostsOneHashForAllFiles()
    {
        // As wget does: no password until asked for one, cookies kept.
        using var handler = new SocketsHttpHandler { UseCookies = true, Credentials = new NetworkCredential("alice", "right horse: battery") };
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);

        foreach (var name in new[] { "README", "LICENSE.txt", "IMAGE_FILENAMES" })
        {
            Assert.Equal(Original(Base + name), await client.GetByteArrayAsync(new Uri(Server.BaseAddress, Base + name), Cancelled));
        }

        Assert.Equal(1, Server.Log.PasswordHashes);
        Assert.Equal([401, 200, 200, 200], Server.Log.Entries.Select(entry => entry.Status));
        Assert.Equal([false, true], Server.Log.Entries.Take(2).Select(entry => entry.HadPassword));
        Assert.True(Server.Log.Entries[1].HadCookie);
        Assert.Equal(1, Server.Log.Gets(Readme));
    }

    [Fact]
    public async Task ExpireSessions_RunningSession_Is401AndThePasswordIsNeededOnceMore()
    {
        using var first = await SendAsync(Readme, cookie: "testcookie=1");
        var session = CookieOf(first, "sessionid");
        Server.ExpireSessions();

        using var expired = await SendAsync(Readme, account: null, cookie: session);
        using var again = await SendAsync(Readme, cookie: session);

        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.NotEqual(session, CookieOf(again, "sessionid"));
        Assert.Equal(2, Server.Log.PasswordHashes);
    }

    [Fact]
    public async Task Get_AgreementNotSigned_Is403ForThatDataSetOnly()
    {
        using var refused = await SendAsync(Readme, "bob:pw", cookie: "testcookie=1");
        using var allowed = await SendAsync("/files/mimic-cxr/2.1.0/LICENSE.txt", account: null, cookie: CookieOf(refused, "sessionid"));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task Post_RightPassword_Is403()
    {
        using var response = await SendAsync(Readme, method: HttpMethod.Post);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("/files/mimic-cxr-jpg/9.9.9/README")]
    [InlineData("/files/nothing/1.0/")]
    [InlineData("/files/mimic-cxr-jpg/2.1.0/none.txt")]
    [InlineData("/files/mimic-cxr-jpg/2.1.0/README/")]
    [InlineData("/files/mimic-cxr-jpg/2.1.0/%2e%2e/%2e%2e/mimic-cxr/2.1.0/%2E%2E%2Fx")]
    [InlineData("/files/mimic-cxr-jpg/2.1.0//README")]
    [InlineData("/files/mimic-cxr-jpg/")]
    [InlineData("/")]
    public async Task Get_WrongVersionOrPath_Is404(string path)
    {
        using var response = await SendAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Get_SessionOfTwoRequests_EndsAfterTwo()
    {
        await using var server = new FakePhysioNet(Options with { SessionRequests = 2 });
        await server.StartAsync(Cancelled);
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = true, Credentials = new NetworkCredential("alice", "right horse: battery") });
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);
        for (var i = 0; i < 6; i++)
        {
            await client.GetByteArrayAsync(new Uri(server.BaseAddress, Readme), Cancelled);
        }

        // Login, two by the session, login, two by the session.
        Assert.Equal(2, server.Log.PasswordHashes);
    }

    [Fact]
    public async Task Get_Https_IsServedWithTheServersOwnCertificate()
    {
        await using var server = new FakePhysioNet(Options with { Https = true });
        await server.StartAsync(Cancelled);
        using var handler = new SocketsHttpHandler { Credentials = new NetworkCredential("alice", "right horse: battery") };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.GetCertHashString() == server.Certificate!.GetCertHashString();
        using var client = new HttpClient(handler);
        client.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);

        Assert.Equal("https", server.BaseAddress.Scheme);
        Assert.Equal(Original(Readme), await client.GetByteArrayAsync(new Uri(server.BaseAddress, Readme), Cancelled));
    }
}
