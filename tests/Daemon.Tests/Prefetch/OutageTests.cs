using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class OutageTests
{
    private readonly ManualTime _time = new();
    private readonly Outage _outage;
    private Func<Exception?> _failure = () => null;
    private WriteTrouble? _writeTrouble;
    private int _asked;

    public OutageTests() => _outage = new Outage(
        (_, _) =>
        {
            Interlocked.Increment(ref _asked);
            return _failure() is { } failure ? Task.FromException(failure) : Task.CompletedTask;
        },
        () => _writeTrouble,
        _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_AnswersAtOnce_WasTheFilesOwn()
    {
        Assert.False(await _outage.WaitAsync(FailureKind.Origin, "500", Token));
        Assert.Null(_outage.Current);
    }

    [Fact]
    public async Task Wait_AnswersThatThereIsNoSuchFile_WasTheFilesOwn()
    {
        _failure = () => new OriginException(OriginError.NotFound, "404");

        Assert.False(await _outage.WaitAsync(FailureKind.Origin, "500", Token));
    }

    [Fact]
    public async Task Wait_StoreAway_AsksAgainWithGrowingPausesUntilItAnswers()
    {
        _failure = () => new StoreException(StoreError.OutOfReach, $"refused {_asked}");
        var since = _time.GetUtcNow();
        var waiting = _outage.WaitAsync(FailureKind.Store, "500", Token);

        foreach (var seconds in new[] { 5, 10, 20, 40, 60, 60 })
        {
            var pause = TimeSpan.FromSeconds(seconds);
            await _time.WhenWaitingAsync(due => due == pause);
            Assert.Equal(new JobWaiting(FailureKind.Store, $"refused {_asked}", since), _outage.Current);
            if (seconds == 60 && _asked == 6)
            {
                _failure = () => null;
            }

            _time.Advance(pause);
        }

        Assert.True(await waiting);
        Assert.Null(_outage.Current);
    }

    [Fact]
    public async Task Wait_ManyAtOnce_OneAsks()
    {
        _failure = () => new OriginException(OriginError.Unreachable, "refused");
        var waiting = Enumerable.Range(0, 50).Select(_ => _outage.WaitAsync(FailureKind.Origin, "x", Token)).ToList();
        await _time.WhenWaitingAsync(_ => true);
        var others = _outage.WhenOverAsync(Token);
        Assert.False(others.IsCompleted);

        _failure = () => null;
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.All(await Task.WhenAll(waiting), Assert.True);
        await others;
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Wait_NoRoom_AsksNobodyAndTriesAgainLater()
    {
        var waiting = _outage.WaitAsync(FailureKind.NoRoom, "full", Token);
        await _time.WhenWaitingAsync(_ => true);
        Assert.Equal("full", _outage.Current?.Reason);

        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.True(await waiting);
        Assert.Equal(0, _asked);
    }

    [Fact]
    public async Task Wait_AccountRefusedMeanwhile_EndsTheJob()
    {
        _failure = () => new OriginException(OriginError.NotSignedIn, "login");

        await Assert.ThrowsAsync<OriginException>(() => _outage.WaitAsync(FailureKind.Origin, "x", Token));
    }

    [Fact]
    public async Task Wait_StoreAnswersButTakesNothing_SaysSoAndLetsTheFileTryAgainAfterAPause()
    {
        _writeTrouble = new WriteTrouble("stands still", _time.GetUtcNow());
        Assert.Equal(new JobWaiting(FailureKind.Store, "stands still", _writeTrouble.Since), _outage.Current);

        var waiting = _outage.WaitAsync(FailureKind.Store, "not taken", Token);
        await _time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(30));
        Assert.Equal(new JobWaiting(FailureKind.Store, "not taken", _writeTrouble.Since), _outage.Current);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.True(await waiting);
    }

    [Fact]
    public async Task Wait_StoreWasAway_TriesAtOnceWhenItAnswers()
    {
        _writeTrouble = new WriteTrouble("refused", _time.GetUtcNow());
        _failure = () => new StoreException(StoreError.OutOfReach, "refused");
        var waiting = _outage.WaitAsync(FailureKind.Store, "refused", Token);
        await _time.WhenWaitingAsync(due => due == TimeSpan.FromSeconds(5));

        _failure = () => null;
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(await waiting);
    }
}
