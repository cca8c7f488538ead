using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Kaggle;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

/// <summary>How Kaggle is asked for its archive.</summary>
public sealed class KaggleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FetchRange_ManyAtOnce_AskKaggleOnceAndGiveTheStorageNoAccount()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var archive = await File.ReadAllBytesAsync(kaggle.Archive, Token);
        var source = kaggle.Source();

        var parts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ReadAsync(source, i * 1000, 500)));

        Assert.All(parts.Index(), part => Assert.Equal(archive[(part.Index * 1000)..((part.Index * 1000) + 500)], part.Item));
        Assert.True(Assert.Single(kaggle.Server.Log.Entries).HadPassword);
        Assert.Equal(20, kaggle.Server.StorageLog.Entries.Count);
        Assert.DoesNotContain(kaggle.Server.StorageLog.Entries, entry => entry.HadPassword || entry.HadCookie);
    }

    [Fact]
    public async Task FetchRange_AddressExpired_AsksForAnotherOnceForAll()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var archive = await File.ReadAllBytesAsync(kaggle.Archive, Token);
        var source = kaggle.Source();
        await ReadAsync(source, 0, 10);

        kaggle.Server.ExpireAddresses();
        var parts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ReadAsync(source, i, 10)));

        Assert.All(parts.Index(), part => Assert.Equal(archive[part.Index..(part.Index + 10)], part.Item));
        Assert.Equal(2, kaggle.Server.Log.Entries.Count);
    }

    [Fact]
    public async Task FetchRange_AddressesAreGoodForFewRequests_GoesOn()
    {
        await using var kaggle = await Kaggle.StartAsync(options => options with { AddressRequests = 3 });
        var source = kaggle.Source();

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(10, (await ReadAsync(source, i, 10)).Length);
        }

        Assert.Equal(4, kaggle.Server.Log.Entries.Count);
    }

    [Fact]
    public async Task FetchRange_BodyBreaksOffAndTheAddressExpires_GoesOnWhereItEnded()
    {
        await using var kaggle = await Kaggle.StartAsync(options => options with { AddressRequests = 1 });
        var archive = await File.ReadAllBytesAsync(kaggle.Archive, Token);
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.Reset, Path = "/archive", AfterBytes = 1000, Times = 1 });

        Assert.Equal(archive[100..5000], await ReadAsync(kaggle.Source(), 100, 4900));

        Assert.Equal(["bytes=100-4999", "bytes=1100-4999"], kaggle.Server.StorageLog.Entries.Where(entry => entry.Status == 206).Select(entry => entry.Range));
    }

    [Fact]
    public async Task FetchRange_StorageRefusesFreshAddressesToo_FailsAfterTwo()
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 403, Path = "/archive" });

        var failure = await Assert.ThrowsAsync<OriginException>(() => ReadAsync(kaggle.Source(), 0, 10));

        Assert.Equal(OriginError.BadAnswer, failure.Error);
        Assert.Equal(2, kaggle.Server.Log.Entries.Count);
    }

    [Fact]
    public async Task FetchRange_ArchiveReplaced_IsChangedAndNeverAMixture()
    {
        await using var kaggle = await Kaggle.StartAsync();
        var source = kaggle.Source();
        var version = await source.FetchRangeAsync("", new FileRange(0, 10), null, new RecordingSink(), RequestPriority.Interactive, Token);
        kaggle.WriteArchive(seed: 2);

        var sink = new RecordingSink();
        var failure = await Assert.ThrowsAsync<OriginException>(
            () => source.FetchRangeAsync("", new FileRange(10, 10), version, sink, RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.Changed, failure.Error);
        Assert.Empty(sink.Lengths);
    }

    [Fact]
    public async Task FetchRange_ArchiveReplacedWhereTheBodyBreaksOff_IsChangedThoughItsLengthIsTheSame()
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.ShortBody, Path = "/archive", AfterBytes = 1000, Times = 1 });
        var sink = new RecordingSink { OnWrite = _ => File.SetLastWriteTimeUtc(kaggle.Archive, DateTime.UnixEpoch) };

        var failure = await Assert.ThrowsAsync<OriginException>(
            () => kaggle.Source().FetchRangeAsync("", new FileRange(0, 5000), null, sink, RequestPriority.Interactive, Token));

        Assert.Equal(OriginError.Changed, failure.Error);
        Assert.Equal(1000, sink.Delivered);
    }

    [Theory]
    [InlineData(null, null, nameof(OriginError.NotSignedIn), "settings")]
    [InlineData("alice", "wrong", nameof(OriginError.NotSignedIn), "settings")]
    [InlineData("unsigned", "key", nameof(OriginError.AgreementNotSigned), "/datasets/raddar/chest-xrays-indiana-university")]
    public async Task FetchRange_AccountRefused_SaysWhatToDoAndIsNotOfferedAgain(string? user, string? key, string error, string advice)
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Environment.Clear();
        if (user is not null)
        {
            (kaggle.Environment["KAGGLE_USERNAME"], kaggle.Environment["KAGGLE_KEY"]) = (user, key!);
        }

        var source = kaggle.Source();
        var failure = await Assert.ThrowsAsync<OriginException>(() => ReadAsync(source, 0, 10));
        await Assert.ThrowsAsync<OriginException>(() => ReadAsync(source, 0, 10));

        Assert.Equal(error, failure.Error.ToString());
        Assert.Contains(advice, failure.Message, StringComparison.Ordinal);
        Assert.False(key is not null && failure.Message.Contains($" {key}", StringComparison.Ordinal));
        Assert.Single(kaggle.Server.Log.Entries);
    }

    [Theory]
    [InlineData("http://storage.example/archive")]
    [InlineData("ftp://127.0.0.1/archive")]
    [InlineData("file:///etc/hostname")]
    public async Task FetchRange_RedirectToAnAddressThatIsNotSafe_IsNotFollowed(string address)
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.Redirect, Location = new Uri(address), Path = "/api/*" });

        var failure = await Assert.ThrowsAsync<OriginException>(() => ReadAsync(kaggle.Source(), 0, 10));

        Assert.Equal(OriginError.BadAnswer, failure.Error);
        Assert.Contains("https", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchRange_KeyCorrectedMeanwhile_IsTakenAtOnce()
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Environment["KAGGLE_KEY"] = "wrong";
        var source = kaggle.Source();
        await Assert.ThrowsAsync<OriginException>(() => ReadAsync(source, 0, 10));

        kaggle.Environment["KAGGLE_KEY"] = Kaggle.Key;

        Assert.Equal(10, (await ReadAsync(source, 0, 10)).Length);
    }

    [Fact]
    public async Task FetchRange_Token_IsTaken()
    {
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Environment.Clear();
        kaggle.Environment["KAGGLE_API_TOKEN"] = Kaggle.Key;

        Assert.Equal(10, (await ReadAsync(kaggle.Source(), 0, 10)).Length);
    }

    [Fact]
    public async Task FetchRange_KaggleAsksToWait_WaitsThatLong()
    {
        var time = new ManualTime();
        await using var kaggle = await Kaggle.StartAsync();
        kaggle.Server.Faults.Add(new Fault { Kind = FaultKind.Status, Status = 429, RetryAfterSeconds = 7, Path = "/api/*", TotalTimes = 1 });

        var read = ReadAsync(kaggle.Source(time), 0, 10);
        await time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(7));
        Assert.Single(kaggle.Server.Log.Entries);
        time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(10, (await read).Length);
        Assert.Equal(2, kaggle.Server.Log.Entries.Count);
    }

    private static async Task<byte[]> ReadAsync(KaggleOrigin source, int offset, int length)
    {
        var sink = new RecordingSink();
        await source.FetchRangeAsync("", new FileRange(offset, length), null, sink, RequestPriority.Interactive, Token);
        return sink.Bytes[offset..];
    }
}
