using System.Net;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Tests.PhysioNet;

public sealed class FaultTests : ServerTest
{
    private readonly string _image;

    public FaultTests(SampleDataSets samples)
        : base(samples) => _image = SomeImage(samples);

    [Theory]
    [InlineData(503, 7)]
    [InlineData(429, 1)]
    [InlineData(500, null)]
    public async Task Status_FirstTime_IsAnsweredOnceThenTheFile(int status, int? retryAfter)
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = status, RetryAfterSeconds = retryAfter, Path = "*.jpg", Times = 1 });

        using var response = await SendAsync(_image);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(retryAfter, response.Headers.RetryAfter?.Delta?.TotalSeconds is { } seconds ? (int)seconds : null);
        Assert.Equal(Original(_image), await GetAsync(_image));
        Assert.NotEmpty(await GetAsync(Readme));
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.ShortBody)]
    public async Task BodyCutShort_AfterSomeBytes_DeliversThemThenFails(FaultKind kind)
    {
        Server.Faults.Add(new Fault { Kind = kind, AfterBytes = 5_000, TotalTimes = 1 });

        using var response = await SendAsync(_image);
        Assert.Equal(Original(_image).Length, response.Content.Headers.ContentLength);
        await using var body = await response.Content.ReadAsStreamAsync(Cancelled);
        var start = new byte[5_000];
        await body.ReadExactlyAsync(start, Cancelled);
        var error = await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1], Cancelled));

        Assert.Equal(Original(_image)[..5_000], start);
        // In order means a premature end; a reset is an error of the socket.
        Assert.Equal(kind == FaultKind.ShortBody, error is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded });
        Assert.Equal(5_000, Server.Log.Entries.Single().BytesSent);
        Assert.Equal(Original(_image), await GetAsync(_image));
    }

    [Fact]
    public async Task Reset_OfARange_CountsFromTheStartOfTheRange()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, AfterBytes = 100 });

        using var response = await SendAsync(_image, headers: headers => headers.Add("Range", "bytes=1000-"));
        await using var body = await response.Content.ReadAsStreamAsync(Cancelled);
        var start = new byte[100];
        await body.ReadExactlyAsync(start, Cancelled);

        Assert.Equal(Original(_image)[1_000..1_100], start);
    }

    [Fact]
    public async Task WrongBytes_EveryTime_AreTheSameWithTheRightLength()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.WrongBytes, Path = _image });
        var original = Original(_image);

        var first = await GetAsync(_image);
        var second = await GetAsync(_image);

        Assert.Equal(first, second);
        Assert.Equal(original.Length, first.Length);
        Assert.NotEqual(original, first);
        // A part is wrong where the whole is.
        using var part = await SendAsync(_image, headers: headers => headers.Add("Range", "bytes=5000-"));
        Assert.Equal(first[5_000..], await part.Content.ReadAsByteArrayAsync(Cancelled));
    }

    [Fact]
    public async Task VaryingBytes_EveryTime_AreDifferentWithTheRightLength()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.VaryingBytes });
        var original = Original(_image);

        var answers = new[] { original, await GetAsync(_image), await GetAsync(_image), await GetAsync(_image) };

        Assert.Equal(4, answers.DistinctBy(Convert.ToHexString).Count());
        Assert.All(answers, answer => Assert.Equal(original.Length, answer.Length));
    }

    [Fact]
    public async Task WrongBytes_FirstTwoTimes_AreRightTheThirdTime()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.WrongBytes, Times = 2 });
        var original = Original(_image);

        Assert.NotEqual(original, await GetAsync(_image));
        Assert.NotEqual(original, await GetAsync(_image));
        Assert.Equal(original, await GetAsync(_image));
    }

    [Fact]
    public async Task Stall_UntilReleased_HoldsTheRestBack()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Stall, AfterBytes = 3_000 });

        using var response = await SendAsync(_image);
        await using var body = await response.Content.ReadAsStreamAsync(Cancelled);
        var start = new byte[3_000];
        await body.ReadExactlyAsync(start, Cancelled);
        var rest = body.ReadAsync(new byte[1], Cancelled).AsTask();
        // Another whole request fits in between.
        await GetWithoutStallAsync();
        Assert.False(rest.IsCompleted);
        Assert.Equal(3_000, Server.Log.Entries[0].BytesSent);

        Server.Faults.ReleaseStalls();
        Assert.Equal(1, await rest);
    }

    [Fact]
    public async Task Stall_BeforeTheFirstByte_SendsTheHeadersAndCountsAsConcurrent()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Stall, AfterBytes = 0 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SendAsync(_image)));
        Assert.Equal(5, Server.Log.PeakConcurrentRequests);

        Server.Faults.Clear();
        foreach (var answer in answers)
        {
            Assert.Equal(Original(_image), await answer.Content.ReadAsByteArrayAsync(Cancelled));
            answer.Dispose();
        }
    }

    [Fact]
    public async Task Stall_ForATime_GoesOnByItself()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Stall, AfterBytes = 10, Seconds = 0.01 });

        Assert.Equal(Original(_image), await GetAsync(_image));
    }

    [Fact]
    public async Task Stop_WhileStalled_CutsTheConnection()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Stall, AfterBytes = 0 });
        using var response = await SendAsync(_image);

        await Server.StopAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Cancelled));
    }

    [Fact]
    public async Task Rate_OneByteASecond_HoldsThatPathBackOnly()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Rate, BytesPerSecond = 1, Path = _image });

        using var slow = await SendAsync(_image);
        await GetAsync(Readme);

        Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
        Assert.Equal(0, Server.Log.Entries[0].BytesSent);
    }

    [Fact]
    public async Task Rate_HighEnough_DeliversTheWholeFile()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Rate, BytesPerSecond = 2_000_000 });

        Assert.Equal(Original(_image), await GetAsync(_image));
    }

    [Fact]
    public async Task Latency_OfAnHour_HoldsThatPathBackOnly()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Latency, Seconds = 3_600, Path = _image });

        var slow = SendAsync(_image);
        await GetAsync(Readme);

        Assert.False(slow.IsCompleted);
        await Server.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => slow);
    }

    [Fact]
    public async Task ExpireSession_Once_Is401ThenThePasswordWorks()
    {
        using var first = await SendAsync(Readme, cookie: "testcookie=1");
        var session = CookieOf(first, "sessionid");
        Server.Faults.Add(new Fault { Kind = FaultKind.ExpireSession, TotalTimes = 1 });

        using var expired = await SendAsync(Readme, account: null, cookie: session);
        using var again = await SendAsync(Readme, cookie: session);

        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.NotNull(CookieOf(again, "sessionid"));
    }

    [Fact]
    public async Task Redirect_ToAnotherHost_KeepsThePath()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = new Uri("http://other.example:81") });

        using var response = await SendAsync(_image);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(new Uri("http://other.example:81" + _image), response.Headers.Location);
    }

    [Fact]
    public async Task Share_OfPaths_HitsTheSameOnesEveryTime()
    {
        var paths = File.ReadLines(Path.Combine(Samples.Jpg.Folder, "IMAGE_FILENAMES")).Select(path => Base + path).ToList();
        Server.Faults.Add(new Fault { Kind = FaultKind.Status, Share = 0.3, Seed = 5 });

        var first = await HitAsync(paths);
        var second = await HitAsync(paths);

        Assert.InRange(first.Count, paths.Count * 15 / 100, paths.Count * 45 / 100);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Share_OfRequests_GivesARepeatedRequestAnotherChance()
    {
        Server.Faults.Add(new Fault { Kind = FaultKind.Status, Share = 0.5, PerRequest = true });

        var hits = await HitAsync([.. Enumerable.Repeat(_image, 40)]);

        Assert.InRange(hits.Count, 5, 35);
    }

    [Fact]
    public void Add_FaultWithoutWhatItNeeds_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Server.Faults.Add(new Fault { Kind = FaultKind.Redirect }));
        Assert.Throws<ArgumentException>(() => Server.Faults.Add(new Fault { Kind = FaultKind.Latency }));
        Assert.Throws<ArgumentException>(() => Server.Faults.Add(new Fault { Kind = FaultKind.Rate }));
        Assert.Throws<ArgumentException>(() => Server.Faults.Add(new Fault { Kind = FaultKind.Reset, Share = 2 }));
    }

    private async Task GetWithoutStallAsync()
    {
        using var response = await SendAsync(Base);
        await response.Content.ReadAsByteArrayAsync(Cancelled);
    }

    private async Task<List<string>> HitAsync(List<string> paths)
    {
        var hits = new List<string>();
        foreach (var path in paths)
        {
            using var response = await SendAsync(path);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                hits.Add(path);
            }
        }

        return hits;
    }
}
