using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class SignInTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_FiftyAtOnceAtFirst_SignInOnce()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { PasswordCost = TimeSpan.FromMilliseconds(50) });
        var files = Enumerable.Range(0, 50).ToDictionary(i => $"files/{i}.jpg", i => net.Write($"files/{i}.jpg", 1000 + i, i));
        var origin = net.Origin(options => options with { Concurrency = 50 });

        await FetchAllAsync(origin, files);

        Assert.Equal(1, net.Log.PasswordHashes);
        Assert.Equal(1, net.Counters.Logins);
        Assert.All(files.Keys, name => Assert.Equal(1, net.Log.Gets(PhysioNet.Seen(name))));
    }

    [Fact]
    public async Task Fetch_SessionEndsUnderLoad_SignsInOnceMore()
    {
        await using var net = await PhysioNet.StartAsync();
        var files = Enumerable.Range(0, 40).ToDictionary(i => $"files/{i}.jpg", i => net.Write($"files/{i}.jpg", 1000 + i, i));
        var origin = net.Origin(options => options with { Concurrency = 40 });
        await FetchAllAsync(origin, files);
        net.Server.ExpireSessions();

        await FetchAllAsync(origin, files);

        Assert.Equal(2, net.Log.PasswordHashes);
        Assert.Equal(0, net.Counters.Errors);
    }

    [Theory]
    [InlineData(2, 10)]
    [InlineData(16, 4)]
    public async Task Fetch_SessionsOfFewRequests_GoesOnThroughAllOfThem(int concurrency, int requests)
    {
        await using var net = await PhysioNet.StartAsync(options => options with { SessionRequests = requests });
        var files = Enumerable.Range(0, 160).ToDictionary(i => $"files/{i}.jpg", i => net.Write($"files/{i}.jpg", 1000, i));
        var origin = net.Origin(options => options with { Concurrency = concurrency });

        await FetchAllAsync(origin, files);

        // A session ends when it is used up, and not before.
        Assert.Equal(files.Count / requests, net.Log.PasswordHashes);
    }

    [Fact]
    public async Task Fetch_EverySessionEndsAtOnce_GivesUp()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ExpireSession });

        var error = await FailAsync(net.Origin(), "a");

        Assert.Equal(OriginError.NotSignedIn, error.Error);
        Assert.InRange(net.Log.PasswordHashes, 1, 3);
    }

    [Fact]
    public async Task Fetch_WrongPassword_IsOfferedOnceAMinute()
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Environment["PHYSIONET_PASSWORD"] = "wrong";
        var origin = net.Origin(time: time);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FailAsync(origin, "a")));
        var error = await FailAsync(origin, "a");
        Assert.Equal(1, net.Log.PasswordHashes);
        time.Advance(TimeSpan.FromSeconds(61));
        await FailAsync(origin, "a");

        Assert.Equal(2, net.Log.PasswordHashes);
        Assert.Equal(OriginError.NotSignedIn, error.Error);
        Assert.Contains(PhysioNet.User, error.Message, StringComparison.Ordinal);
        Assert.Contains("mimic-cxr login", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_PasswordCorrected_IsOfferedAtOnce()
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        net.Environment["PHYSIONET_PASSWORD"] = "wrong";
        var origin = net.Origin(time: new ManualTime());
        await FailAsync(origin, "a");
        net.Environment["PHYSIONET_PASSWORD"] = PhysioNet.Password;

        Assert.Equal(bytes, await FetchAsync(origin, "a"));
    }

    [Fact]
    public async Task Fetch_NoAccount_SaysHowToGetOneAndFindsItWithoutRestart()
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        net.Environment.Clear();
        var origin = net.Origin();

        var error = await FailAsync(origin, "a");
        net.Environment["PHYSIONET_USERNAME"] = PhysioNet.User;
        net.Environment["PHYSIONET_PASSWORD"] = PhysioNet.Password;

        Assert.Equal(OriginError.NotSignedIn, error.Error);
        Assert.Contains("mimic-cxr login", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, net.Counters.Logins);
        Assert.Equal(bytes, await FetchAsync(origin, "a"));
    }

    [Fact]
    public async Task Fetch_AgreementNotSigned_SaysWhereToSignAndOffersThePasswordOnce()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Environment["PHYSIONET_USERNAME"] = "unsigned";
        var origin = net.Origin();

        for (var i = 0; i < 5; i++)
        {
            var error = await FailAsync(origin, "a");
            Assert.Equal(OriginError.AgreementNotSigned, error.Error);
            Assert.Contains("unsigned", error.Message, StringComparison.Ordinal);
            Assert.Contains($"/sign-dua/{PhysioNet.DataSet}/", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, net.Log.PasswordHashes);
    }

    [Fact]
    public async Task Fetch_AgentThatPhysioNetRefuses_NamesTheAgentAndSendsNoPassword()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);

        var error = await FailAsync(net.Origin(options => options with { UserAgent = "curl/8" }), "a");

        Assert.Equal(OriginError.AgentRefused, error.Error);
        Assert.Contains("'curl/8'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(net.Log.Entries, entry => entry.HadPassword);
    }

    [Fact]
    public async Task Fetch_ServerFailsDuringSignIn_IsTriedAgain()
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 503, TotalTimes = 2 });

        Assert.Equal(bytes, await FetchAsync(net.Origin(), "a"));
        Assert.Equal(2, net.Counters.Errors);
    }

    [Fact]
    public async Task Fetch_RedirectToAnotherHost_SendsItNothing()
    {
        await using var net = await PhysioNet.StartAsync();
        await using var other = await PhysioNet.StartAsync();
        net.Write("a", 10);
        var origin = net.Origin();
        await FetchAsync(origin, "a");
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = other.Server.BaseAddress });

        var error = await FailAsync(origin, "a");

        Assert.Equal(OriginError.BadAnswer, error.Error);
        Assert.Empty(other.Log.Entries);
    }

    [Fact]
    public async Task Fetch_RedirectToAnotherHostOverHttps_SendsItNothingBeforeItsCertificateHolds()
    {
        await using var net = await PhysioNet.StartAsync();
        await using var other = await PhysioNet.StartAsync(options => options with { Https = true });
        net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = other.Server.BaseAddress });

        var error = await FailAsync(net.Origin(), "a");

        Assert.Equal(OriginError.CertificateRefused, error.Error);
        Assert.Empty(other.Log.Entries);
    }

    [Fact]
    public async Task Fetch_RedirectWithinTheHost_IsFollowedOnce()
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        var origin = net.Origin();
        await FetchAsync(origin, "a");
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = net.Server.BaseAddress, TotalTimes = 1 });

        Assert.Equal(bytes, await FetchAsync(origin, "a"));
        Assert.Equal(1, net.Log.PasswordHashes);
    }

    [Fact]
    public async Task Fetch_RedirectInACircle_GivesUp()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = net.Server.BaseAddress });

        Assert.Equal(OriginError.BadAnswer, (await FailAsync(net.Origin(), "a")).Error);
        Assert.InRange(net.Log.Entries.Count, 2, 10);
    }

    private static async Task FetchAllAsync(PhysioNetOrigin origin, Dictionary<string, byte[]> files) =>
        await Task.WhenAll(files.Select(async file => Assert.Equal(file.Value, await FetchAsync(origin, file.Key))));

    private static async Task<byte[]> FetchAsync(PhysioNetOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(PhysioNet.Ask(name), sink, RequestPriority.Interactive, Token);
        return sink.Bytes;
    }

    private static Task<OriginException> FailAsync(PhysioNetOrigin origin, string name) =>
        Assert.ThrowsAsync<OriginException>(() => FetchAsync(origin, name));
}
