using MimicCxr.Daemon.Archives;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Runs of an archive, kept in memory.</summary>
public sealed class ForwardRunsTests
{
    private static readonly byte[] Archive = MakeArchive();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_Neighbours_TakesOneRequest()
    {
        var source = new CountedRanges(Archive);
        using var runs = new ForwardRuns(source, Archive.Length, Token);
        for (var at = 1000; at < 100_000; at += 700)
        {
            await AssertReadsAsync(runs, at, 700);
        }

        Assert.Single(source.Requests);
    }

    [Fact]
    public async Task Scattered_ReadsForwardAndElsewhere_CountsThoseElsewhere()
    {
        using var runs = new ForwardRuns(new CountedRanges(Archive), Archive.Length, Token);
        for (var at = 0; at < 3 << 20; at += 50_000)
        {
            await AssertReadsAsync(runs, at, 50_000);
        }

        Assert.Equal(1, runs.Scattered);
        await AssertReadsAsync(runs, 30 << 20, 10);
        await AssertReadsAsync(runs, 22 << 20, 10);
        Assert.Equal(3, runs.Scattered);
    }

    [Fact]
    public async Task Read_TwoReadersForwardAtOnce_TakesFewRequests()
    {
        var source = new CountedRanges(Archive);
        using var runs = new ForwardRuns(source, Archive.Length, Token);
        for (var at = 0; at < 18 << 20; at += 50_000)
        {
            await AssertReadsAsync(runs, at, 50_000);
            await AssertReadsAsync(runs, at + (20 << 20), 50_000);
        }

        Assert.InRange(source.Requests.Count, 2, 12);
    }

    [Fact]
    public async Task Read_AllOver_IsRight()
    {
        var source = new CountedRanges(Archive);
        using var runs = new ForwardRuns(source, Archive.Length, Token);
        await Parallel.ForAsync(0, 300, Token, async (i, _) =>
        {
            var random = new Random(i);
            var length = random.Next(1, 1 << (random.Next(20) + 1));
            await AssertReadsAsync(runs, random.Next(Archive.Length - length), length);
        });
    }

    [Fact]
    public async Task Read_LongerThanTheLongestRun_IsRight()
    {
        using var runs = new ForwardRuns(new CountedRanges(Archive), Archive.Length, Token);

        await AssertReadsAsync(runs, 123, (2 * ForwardRuns.LongestRun) + 5);
    }

    [Fact]
    public async Task Read_AfterAFailure_AsksAgain()
    {
        var source = new CountedRanges(Archive) { Before = _ => throw new IOException("as scripted") };
        using var runs = new ForwardRuns(source, Archive.Length, Token);
        await Assert.ThrowsAsync<IOException>(() => AssertReadsAsync(runs, 0, 10));

        source.Before = _ => Task.CompletedTask;

        await AssertReadsAsync(runs, 0, 10);
    }

    [Fact]
    public async Task Read_OneOfTwoLeaves_TheOtherGetsIt()
    {
        var answer = new TaskCompletionSource();
        var source = new CountedRanges(Archive) { Before = _ => answer.Task };
        using var runs = new ForwardRuns(source, Archive.Length, Token);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var left = runs.ReadAsync(0, new byte[10], leaving.Token);
        var stays = AssertReadsAsync(runs, 20, 10);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        answer.SetResult();
        await stays;

        Assert.Single(source.Requests);
    }

    [Fact]
    public async Task Read_BehindTheEnd_FailsWithoutAsking()
    {
        var source = new CountedRanges(Archive);
        using var runs = new ForwardRuns(source, 1000, Token);

        await Assert.ThrowsAsync<ArchiveException>(() => runs.ReadAsync(999, new byte[2], Token));

        Assert.Empty(source.Requests);
    }

    private static async Task AssertReadsAsync(ForwardRuns runs, int offset, int length)
    {
        var bytes = new byte[length];
        await runs.ReadAsync(offset, bytes, Token);
        Assert.True(Archive.AsSpan(offset, length).SequenceEqual(bytes));
    }

    private static byte[] MakeArchive()
    {
        var bytes = new byte[40 << 20];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
