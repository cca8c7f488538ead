using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class FetchTests
{
    private const int Length = 700_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultKind.Reset, 1)]
    [InlineData(FaultKind.Reset, 3)]
    [InlineData(FaultKind.ShortBody, 1)]
    [InlineData(FaultKind.ShortBody, 3)]
    [InlineData(FaultKind.Stall, 1)]
    public async Task Fetch_BodyBreaksOff_GoesOnWhereItEnded(FaultKind kind, int times)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = kind, Times = times, AfterBytes = 200_000 });
        var sink = new RecordingSink();

        await net.Origin(options => options with { StallTimeout = TimeSpan.FromSeconds(1) })
            .FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token);

        Assert.Equal(bytes, sink.Bytes);
        Assert.Equal(Length, sink.Delivered);
        Assert.Equal(0, sink.Restarts);
        Assert.Equal([Length], sink.Lengths);
        var gets = net.Log.Entries.Where(entry => entry.Method == "GET").ToList();
        Assert.Equal([200, .. Enumerable.Repeat(206, times)], gets.Select(entry => entry.Status));
        Assert.All(gets.Skip(1), entry => Assert.StartsWith("bytes=", entry.Range, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_FileChangesInBetween_BeginsAgain()
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, Times = 1 });
        var sink = new RecordingSink();

        var fetch = net.Origin(time: time).FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token);
        await time.WhenWaitingAsync(_ => true);
        var other = net.Write("a", Length, seed: 2);
        time.Advance(TimeSpan.FromHours(10));
        await fetch;

        Assert.Equal(other, sink.Bytes);
        Assert.Equal(1, sink.Restarts);
        Assert.Equal([Length], sink.Lengths);
    }

    [Fact]
    public async Task Fetch_LengthChangesInBetween_Fails()
    {
        var time = new ManualTime();
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, Times = 1 });

        var fetch = net.Origin(time: time).FetchAsync(PhysioNet.Ask("a"), new RecordingSink(), RequestPriority.Interactive, Token);
        await time.WhenWaitingAsync(_ => true);
        net.Write("a", Length + 1, seed: 2);
        time.Advance(TimeSpan.FromHours(10));

        Assert.Equal(OriginError.Changed, (await Assert.ThrowsAsync<OriginException>(() => fetch)).Error);
    }

    [Theory]
    [InlineData(FaultKind.ShortBody, nameof(OriginError.BodyCutShort))]
    [InlineData(FaultKind.Reset, nameof(OriginError.BodyCutShort))]
    public async Task Fetch_NeverAByte_FailsAfterTheRetries(FaultKind kind, string expected)
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        net.Server.Faults.Add(new Fault { Kind = kind, AfterBytes = 0 });

        var error = await FailAsync(net.Origin(options => options with { Retries = 2 }), "a");

        Assert.Equal(expected, error.Error.ToString());
        Assert.Equal(3, net.Log.Gets(PhysioNet.Seen("a")));
        Assert.Equal(3, net.Counters.Errors);
    }

    [Fact]
    public async Task Fetch_NoAnswerInTime_TimesOut()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Latency, Seconds = 600 });

        var error = await FailAsync(net.Origin(options => options with { Retries = 1, StallTimeout = TimeSpan.FromMilliseconds(100) }), "a");

        Assert.Equal(OriginError.TimedOut, error.Error);
    }

    [Theory]
    [InlineData(404, nameof(OriginError.NotFound))]
    [InlineData(410, nameof(OriginError.BadAnswer))]
    public async Task Fetch_AnswerThatStays_IsNotTriedAgain(int status, string expected)
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        var origin = net.Origin();
        await FetchAsync(origin, "a");
        net.Log.Clear();
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = status });

        Assert.Equal(expected, (await FailAsync(origin, "a")).Error.ToString());
        Assert.Single(net.Log.Entries);
    }

    [Theory]
    [InlineData(429, nameof(OriginError.TooManyRequests))]
    [InlineData(500, nameof(OriginError.ServerFailed))]
    [InlineData(502, nameof(OriginError.ServerFailed))]
    public async Task Fetch_AnswerThatMayPass_FailsAfterTheRetries(int status, string expected)
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = status });

        Assert.Equal(expected, (await FailAsync(net.Origin(options => options with { Retries = 3 }), "a")).Error.ToString());
        Assert.Equal(4, net.Counters.Errors);
    }

    [Fact]
    public async Task Fetch_MissingFile_IsNotFoundAndNamesNoFile()
    {
        await using var net = await PhysioNet.StartAsync();

        var error = await FailAsync(net.Origin(), "files/p10/secret.jpg");

        Assert.Equal(OriginError.NotFound, error.Error);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_UntrustedCertificate_IsRefusedAtOnce()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { Https = true });
        net.Write("a", 10);

        var error = await FailAsync(net.Origin(), "a");

        Assert.Equal(OriginError.CertificateRefused, error.Error);
        Assert.Empty(net.Log.Entries);
        Assert.Equal(1, net.Counters.Errors);
    }

    [Fact]
    public async Task Fetch_NobodyListens_IsUnreachableAfterTheRetries()
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write("a", 10);
        var origin = net.Origin(options => options with { Retries = 2 });
        await net.Server.StopAsync();

        var error = await FailAsync(origin, "a");
        await net.Server.StartAsync(Token);

        Assert.Equal(OriginError.Unreachable, error.Error);
        Assert.Equal(3, net.Counters.Errors);
        Assert.Equal(bytes, await FetchAsync(origin, "a"));
    }

    [Theory]
    [InlineData("files/a b.jpg")]
    [InlineData("files/a#b?c=d&e.jpg")]
    [InlineData("files/50%.jpg")]
    [InlineData("files/\u00e9\u4e2d.jpg")]
    [InlineData("files/a+b;c.jpg")]
    public async Task Fetch_NameThatNeedsEscaping_IsFound(string name)
    {
        await using var net = await PhysioNet.StartAsync();
        var bytes = net.Write(name, 10);

        Assert.Equal(bytes, await FetchAsync(net.Origin(), name));
        Assert.Equal(10, await net.Origin().GetLengthAsync(PhysioNet.Ask(name), Token));
    }

    [Fact]
    public async Task Fetch_EmptyFile_BeginsAndEnds()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 0);
        var sink = new RecordingSink();

        await net.Origin().FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token);

        Assert.Equal([0], sink.Lengths);
        Assert.Empty(sink.Bytes);
    }

    [Fact]
    public async Task Fetch_SinkFails_EndsAtOnce()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        var sink = new RecordingSink { OnWrite = _ => throw new InvalidOperationException("full") };

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => net.Origin().FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, Token));
        Assert.Equal(1, net.Log.Gets(PhysioNet.Seen("a")));
    }

    [Fact]
    public async Task Fetch_Cancelled_EndsAndGivesItsPlaceBack()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", Length);
        var bytes = net.Write("b", 10);
        net.Server.Faults.Add(new Fault { Kind = FaultKind.Stall, Path = "*/a" });
        var origin = net.Origin(options => options with { Concurrency = 1 });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var sink = new RecordingSink { OnWrite = _ => cancel.CancelAfter(TimeSpan.Zero) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => origin.FetchAsync(PhysioNet.Ask("a"), sink, RequestPriority.Interactive, cancel.Token));

        Assert.Equal(bytes, await FetchAsync(origin, "b"));
    }

    [Fact]
    public async Task Fetch_ManyAtOnce_KeepsToItsConcurrency()
    {
        await using var net = await PhysioNet.StartAsync(options => options with { Latency = TimeSpan.FromMilliseconds(5) });
        Enumerable.Range(0, 40).ToList().ForEach(i => net.Write($"{i}", 100));
        var origin = net.Origin(options => options with { Concurrency = 4 });

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => FetchAsync(origin, $"{i}")));

        Assert.InRange(net.Log.PeakConcurrentRequests, 2, 4);
    }

    [Fact]
    public async Task ListDirectory_Study_TellsNamesAndExactLengths()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("files/p10/a.jpg", 12_345);
        net.Write("files/p10/b c.jpg", 0);
        net.Write("files/p10/sub/d.jpg", 7);

        var page = await net.Origin().ListDirectoryAsync(PhysioNet.Ask("files/p10"), Token);

        Assert.Equal([new FileLength("a.jpg", 12_345), new FileLength("b c.jpg", 0)], page.OrderBy(file => file.Name, StringComparer.Ordinal));
        Assert.Single(net.Log.Entries, entry => entry.Method == "GET");
    }

    [Fact]
    public async Task GetLength_File_AsksWithoutFetching()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write("a", 12_345);

        Assert.Equal(12_345, await net.Origin().GetLengthAsync(PhysioNet.Ask("a"), Token));
        Assert.Equal(0, net.Log.Gets(PhysioNet.Seen("a")));
    }

    private static async Task<byte[]> FetchAsync(PhysioNetOrigin origin, string name)
    {
        var sink = new RecordingSink();
        await origin.FetchAsync(PhysioNet.Ask(name), sink, RequestPriority.Interactive, Token);
        return sink.Bytes;
    }

    private static Task<OriginException> FailAsync(PhysioNetOrigin origin, string name) =>
        Assert.ThrowsAsync<OriginException>(() => FetchAsync(origin, name));
}
