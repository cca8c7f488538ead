using System.Net;
using System.Net.Http.Headers;

namespace MimicCxr.Rpc.Tests.Calls;

/// <summary>What stands on the wire, seen by a plain HTTP/2 client.</summary>
public sealed class WireTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_FailureBeforeAnyMessage_PutsTheStatusIntoTheHeaders()
    {
        await using var server = await EchoServer.StartAsync();

        // Field 4 (fail_code) = 5.
        using var response = await PostAsync(server, [0, 0, 0, 0, 2, 0x20, 5]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("5", Assert.Single(response.Headers.GetValues("grpc-status")));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task Server_Success_PutsTheStatusIntoTheTrailers()
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await PostAsync(server, [0, 0, 0, 0, 3, 0x0a, 1, (byte)'a']);

        Assert.Equal(new byte[] { 0, 0, 0, 0, 3, 0x0a, 1, (byte)'a' }, await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.False(response.Headers.Contains("grpc-status"));
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Theory]
    [InlineData("gzip", true, 1)]
    [InlineData("identity, deflate ,gzip", true, 1)]
    [InlineData("identity", true, 0)]
    [InlineData("gzip", false, 0)]
    public async Task Server_ClientAcceptsGzip_CompressesWhereTheServerMay(string accepts, bool allowed, int flag)
    {
        await using var server = await EchoServer.StartAsync(options => options.CompressResponses = allowed);

        using var response = await PostAsync(server, [0, 0, 0, 0, 3, 0x0a, 1, (byte)'a'], ("grpc-accept-encoding", accepts));

        Assert.Equal(flag, (await response.Content.ReadAsByteArrayAsync(Cancel))[0]);
        Assert.Equal(flag == 1, response.Headers.Contains("grpc-encoding"));
    }

    [Theory]
    [InlineData("grpc-encoding", "snappy", "12")]
    [InlineData("grpc-timeout", "soon", "13")]
    [InlineData("grpc-timeout", "0S", "4")]
    public async Task Server_HeaderItCannotServe_AnswersWithTheStatus(string name, string value, string status)
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await PostAsync(server, [0, 0, 0, 0, 0], (name, value));

        Assert.Equal(status, Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc+json")]
    public async Task Server_OtherContentType_Answers415(string contentType)
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await PostAsync(server, [0, 0, 0, 0, 0], ("content-type", contentType));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Server_RequestEndsInsideAMessage_IsInternal()
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await PostAsync(server, [0, 0, 0, 0, 9, 1]);

        Assert.Equal("13", Assert.Single(response.Headers.GetValues("grpc-status")));
    }

    private static async Task<HttpResponseMessage> PostAsync(EchoServer server, byte[] body, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/mimiccxr.rpctest.v1.Echo/Say"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await http.SendAsync(request, Cancel);
    }
}
