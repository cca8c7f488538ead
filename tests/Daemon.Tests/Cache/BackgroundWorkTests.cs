using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class BackgroundWorkTests
{
    [Fact]
    public async Task Dispose_WorkUnderWay_WaitsForAllOfIt()
    {
        var background = new BackgroundWork();
        var (one, other) = (new TaskCompletionSource(), new TaskCompletionSource());
        background.Run(() => one.Task);
        background.Run(() => other.Task);

        var ending = background.DisposeAsync().AsTask();
        one.SetResult();
        Assert.False(ending.IsCompleted);
        other.SetResult();

        await ending.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Dispose_WorkFails_EndsAllTheSame()
    {
        var background = new BackgroundWork();
        background.Run(() => throw new InvalidOperationException("as scripted"));

        await background.DisposeAsync().AsTask().WaitAsync(TestContext.Current.CancellationToken);
    }
}
