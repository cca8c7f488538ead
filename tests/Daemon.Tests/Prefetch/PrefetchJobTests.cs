using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Tests.Prefetch;

public sealed class PrefetchJobTests : PrefetchJobTest
{
    [Fact]
    public async Task Run_AllThere_PutsEachIntoTheStoreAndCounts()
    {
        var progress = await RunAsync();

        Assert.Equal((JobState.Done, (long)Files), (progress.State, progress.FilesDone));
        Assert.Equal(Enumerable.Range(0, Files).Sum(file => 1000 + file), progress.BytesDone);
        Assert.All(Enumerable.Range(0, Files), file => Assert.Contains(PathOf(file), Store.Objects.Keys));
    }

    [Fact]
    public async Task Run_Again_FetchesNothing()
    {
        await RunAsync();
        Origin.Fetched.Clear();

        var again = await RunAsync();

        Assert.Empty(Origin.Fetched);
        Assert.Equal((JobState.Done, (long)Files), (again.State, again.FilesDone));
        Assert.Equal(Enumerable.Range(0, Files).Sum(file => 1000 + file), again.BytesDone);
    }

    [Fact]
    public async Task Run_NoFiles_IsDone() => Assert.Equal(JobState.Done, (await RunAsync(files: 0)).State);

    [Fact]
    public async Task Run_BegunInTheMiddle_BringsEachOnceAndTheFirstOnesLast()
    {
        await using var jobs = Parts.NewJobs(first: files => files - 10);
        var job = Begin(concurrency: 1, jobs: jobs);

        await job.Ended;

        Assert.Equal((JobState.Done, (long)Files), (job.Progress.State, job.Progress.FilesDone));
        Assert.Equal(Enumerable.Range(20, 10).Concat(Enumerable.Range(0, 20)).Select(PathOf), Origin.Fetched);
    }

    [Fact]
    public async Task Run_SomeMissing_GoesOnAndTellsWhich()
    {
        Origin.Files.TryRemove(PathOf(3), out _);
        Origin.Files.TryRemove(PathOf(7), out _);

        var progress = await RunAsync();

        Assert.Equal((JobState.Failed, Files - 2L, 2L), (progress.State, progress.FilesDone, progress.FilesFailed));
        Assert.Equal([Name(3), Name(7)], progress.Failures.Select(failure => failure.Path).Order());
        Assert.All(progress.Failures, failure => Assert.Contains("404", failure.Message, StringComparison.Ordinal));
        Assert.Equal(2, progress.FailuresByKind[FailureKind.NotFound]);
    }

    [Fact]
    public async Task Run_AllMissing_CountsAllShowsTwentyKeepsEach()
    {
        Origin.Files.Clear();
        var job = Begin();
        await job.Ended;

        Assert.Equal((Files, PrefetchJob.FailuresShown), (job.Progress.FilesFailed, job.Progress.Failures.Count));
        Assert.Equal(Enumerable.Range(0, Files).Select(Name), job.Failures().Select(failure => failure.Path));
    }

    [Theory]
    [InlineData(nameof(OriginError.NotSignedIn), nameof(FailureKind.NotSignedIn))]
    [InlineData(nameof(OriginError.AgreementNotSigned), nameof(FailureKind.NotPermitted))]
    [InlineData(nameof(OriginError.AgentRefused), nameof(FailureKind.NotPermitted))]
    [InlineData(nameof(OriginError.BucketRefused), nameof(FailureKind.NotPermitted))]
    [InlineData(nameof(OriginError.NoBucket), nameof(FailureKind.Origin))]
    [InlineData(nameof(OriginError.CertificateRefused), nameof(FailureKind.Origin))]
    [InlineData(nameof(OriginError.AnotherEdition), nameof(FailureKind.Origin))]
    public async Task Run_WhatWouldFailEveryFile_EndsTheJobAtOnce(string error, string cause)
    {
        Origin.BeforeFetch = _ => throw new OriginException(Enum.Parse<OriginError>(error), "no");

        var progress = await RunAsync(concurrency: 1);

        Assert.Equal((JobState.Failed, 0L), (progress.State, progress.FilesFailed));
        Assert.Equal(new JobFailure("", Enum.Parse<FailureKind>(cause), "no"), progress.Cause);
        Assert.Single(Origin.Fetched);
    }

    [Fact]
    public async Task Run_SomethingUnexpected_IsAFailureOfThatFile()
    {
        Origin.Instead = (path, _) => path == PathOf(3) ? throw new InvalidOperationException("surprise") : null;

        var progress = await RunAsync();

        Assert.Equal((JobState.Failed, Files - 1L), (progress.State, progress.FilesDone));
        Assert.Equal(Name(3), Assert.Single(progress.Failures).Path);
    }

    [Fact]
    public async Task Run_OriginAway_WaitsAndSaysSoThenBringsEverything()
    {
        Origin.BeforeFetch = _ => throw new OriginException(OriginError.Unreachable, "refused");
        Origin.BeforeMeasure = _ => throw new OriginException(OriginError.Unreachable, "refused still");
        var job = Begin();

        for (var minute = 0; minute < 60; minute++)
        {
            await Time.WhenWaitingAsync(_ => true);
            Time.Advance(TimeSpan.FromMinutes(1));
        }

        await Time.WhenWaitingAsync(_ => true);
        var progress = job.Progress;
        Assert.Equal((JobState.Running, 0L), (progress.State, progress.FilesFailed));
        Assert.Equal((FailureKind.Origin, "refused still"), (progress.Waiting?.For, progress.Waiting?.Reason));
        Assert.True(Origin.Fetched.Count <= 4, "an outage costs one try of each file under way");

        Origin.BeforeFetch = Origin.BeforeMeasure = _ => Task.CompletedTask;
        await AdvanceUntilAsync(job.Ended);
        Assert.Equal((JobState.Done, (long)Files), (job.Progress.State, job.Progress.FilesDone));
        Assert.Null(job.Progress.Waiting);
    }

    [Fact]
    public async Task Run_StoreAnswersButTakesNothing_WaitsForHoursAndSaysSoThenBringsEverything()
    {
        Store.WriteTrouble = new WriteTrouble("stands still", Time.GetUtcNow());
        var job = Begin();

        for (var minute = 0; minute < 120; minute++)
        {
            await Time.WhenWaitingAsync(_ => true);
            Time.Advance(TimeSpan.FromMinutes(1));
        }

        await Time.WhenWaitingAsync(_ => true);
        var progress = job.Progress;
        Assert.Equal((JobState.Running, 0L), (progress.State, progress.FilesFailed));
        Assert.Equal(FailureKind.Store, progress.Waiting?.For);

        Store.WriteTrouble = null;
        await AdvanceUntilAsync(job.Ended);
        Assert.Equal((JobState.Done, (long)Files), (job.Progress.State, job.Progress.FilesDone));
    }

    [Fact]
    public async Task Run_OriginAwayThenNotSignedIn_EndsTheJob()
    {
        Origin.BeforeFetch = _ => throw new OriginException(OriginError.TimedOut, "nothing");
        Origin.BeforeMeasure = _ => throw new OriginException(OriginError.NotSignedIn, "login first");

        var progress = await RunAsync();

        Assert.Equal((JobState.Failed, FailureKind.NotSignedIn), (progress.State, progress.Cause?.Kind));
    }

    [Fact]
    public async Task Run_OneFileFailsWhileTheOriginAnswers_IsTriedThriceAndTheOthersCome()
    {
        Origin.BeforeFetch = path => path == PathOf(3) ? throw new OriginException(OriginError.ServerFailed, "500") : Task.CompletedTask;
        var job = Begin();

        await AdvanceUntilAsync(job.Ended);

        Assert.Equal((JobState.Failed, Files - 1L), (job.Progress.State, job.Progress.FilesDone));
        Assert.Equal(new JobFailure(Name(3), FailureKind.Origin, "500"), Assert.Single(job.Failures()));
        Assert.Equal(3, Origin.Fetched.Count(path => path == PathOf(3)));
    }

    [Fact]
    public async Task TryRetry_AfterTheFailureWasPutRight_FetchesJustThatOne()
    {
        Origin.Files.TryRemove(PathOf(3), out var bytes);
        var job = Begin();
        await job.Ended;
        Assert.True(Jobs.Find(job.Id) == job && job.HasEnded);
        Origin.Files[PathOf(3)] = bytes!;
        Origin.Fetched.Clear();
        Time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(Jobs.TryRetry(job));
        await job.Ended;

        Assert.Equal((JobState.Done, (long)Files, 0L), (job.Progress.State, job.Progress.FilesDone, job.Progress.FilesFailed));
        Assert.Empty(job.Failures());
        Assert.Equal([PathOf(3)], Origin.Fetched);
    }

    [Fact]
    public async Task TryRetry_WhileItRuns_DoesNothing()
    {
        var begun = Stall();
        var job = Begin();
        await begun;

        Assert.False(Jobs.TryRetry(job));
    }

    [Fact]
    public async Task CancelAsync_FilesUnderWay_EndsItForGood()
    {
        var begun = Stall();
        var job = Begin();
        await begun;
        Assert.Equal(JobState.Running, job.Progress.State);

        await job.CancelAsync();

        Assert.Equal((JobState.Cancelled, 0L, 0L), (job.Progress.State, job.Progress.FilesDone, job.Progress.FilesFailed));
        await using var remembered = Parts.NewJobs();
        Assert.Equal(JobState.Cancelled, Assert.Single(remembered.All).Progress.State);
        await job.CancelAsync();
    }

    [Fact]
    public async Task CancelAsync_WhileTheOriginIsAway_EndsAtOnce()
    {
        Origin.BeforeFetch = Origin.BeforeMeasure = _ => throw new OriginException(OriginError.Unreachable, "refused");
        var job = Begin();
        await Time.WhenWaitingAsync(_ => true);

        await job.CancelAsync();

        Assert.Equal(JobState.Cancelled, job.Progress.State);
    }

    [Fact]
    public async Task Run_MoreJobsThanRunAtATime_TheOthersAreQueuedAndComeToTheirTurn()
    {
        _ = Stall();
        var jobs = Enumerable.Range(0, 9).Select(_ => Begin(files: 1)).ToList();
        while (jobs.Count(job => job.Progress.State == JobState.Running) < 8)
        {
            await Task.Yield();
        }

        Assert.Equal(JobState.Queued, Assert.Single(jobs, job => job.Progress.State != JobState.Running).Progress.State);
        foreach (var job in jobs)
        {
            await job.CancelAsync();
        }

        Assert.All(jobs, job => Assert.Equal(JobState.Cancelled, job.Progress.State));
    }

    [Fact]
    public async Task Run_Concurrency_IsNotExceeded()
    {
        var running = 0;
        var exceeded = false;
        var three = new TaskCompletionSource();
        Origin.BeforeFetch = _ =>
        {
            var now = Interlocked.Increment(ref running);
            exceeded |= now > 3;
            if (now == 3)
            {
                three.TrySetResult();
            }

            return three.Task;
        };
        Origin.Halfway = _ =>
        {
            Interlocked.Decrement(ref running);
            return Task.CompletedTask;
        };

        await RunAsync(concurrency: 3);

        Assert.False(exceeded);
    }
}
