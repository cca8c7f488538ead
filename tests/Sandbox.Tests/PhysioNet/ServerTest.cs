using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Tests.PhysioNet;

/// <summary>A server of its own for each test, and a client whose every header the test decides.</summary>
public abstract class ServerTest(SampleDataSets samples) : IAsyncLifetime
{
    protected const string Base = "/files/mimic-cxr-jpg/2.1.0/";
    protected const string Readme = Base + "README";
    protected const string Agent = "Wget/1.21 (test)";
    protected const string Alice = "alice:right horse: battery";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });
    private readonly CancellationTokenSource _limit = CancelAfter(TimeSpan.FromMinutes(1));

    /// <summary>Ends a test that hangs.</summary>
    protected CancellationToken Cancelled => _limit.Token;

    protected FakePhysioNet Server { get; private set; } = null!;

    protected SampleDataSets Samples => samples;

    /// <summary>The path of a picture of about 20 KB.</summary>
    protected static string SomeImage(SampleDataSets samples) =>
        Base + File.ReadLines(Path.Combine(samples.Jpg.Folder, "IMAGE_FILENAMES")).First();

    protected virtual FakePhysioNetOptions Options => new()
    {
        Folder = samples.Root,
        Accounts = [new("alice", "right horse: battery"), new("bob", "pw", SignedDataSets: ["mimic-cxr/2.1.0"])],
        PasswordCost = TimeSpan.Zero,
    };

    public async ValueTask InitializeAsync()
    {
        Server = new FakePhysioNet(Options);
        await Server.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _client.Dispose();
        await Server.DisposeAsync();
        _limit.Dispose();
    }

    /// <summary>The bytes that a path of the server stands for.</summary>
    protected byte[] Original(string path) => File.ReadAllBytes(Path.Combine(samples.Root, path["/files/".Length..]));

    /// <summary>Sends a request; by default Alice's, with the right agent and no cookie.</summary>
    protected Task<HttpResponseMessage> SendAsync(
        string path, string? account = Alice, string? cookie = null, string? agent = Agent, HttpMethod? method = null,
        Action<HttpRequestHeaders>? headers = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(Server.BaseAddress, path));
        if (account is not null)
        {
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(account)));
        }

        foreach (var (name, value) in new[] { ("Cookie", cookie), ("User-Agent", agent) })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        headers?.Invoke(request.Headers);
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }

    /// <summary>The whole body.</summary>
    protected async Task<byte[]> GetAsync(string path)
    {
        using var response = await SendAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(Cancelled);
    }

    private static CancellationTokenSource CancelAfter(TimeSpan limit)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(limit);
        return source;
    }

    /// <summary>The name=value part of a cookie that an answer sets, or null.</summary>
    protected static string? CookieOf(HttpResponseMessage response, string name) =>
        !response.Headers.TryGetValues("Set-Cookie", out var cookies) ? null
        : cookies.Select(cookie => cookie.Split(';')[0]).SingleOrDefault(cookie => cookie.StartsWith(name + "=", StringComparison.Ordinal));
}
