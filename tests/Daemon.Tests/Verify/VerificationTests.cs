using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Tests.Verify;

public sealed class VerificationTests
{
    private static readonly string Image = VerifyRun.Images[2];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_EverythingRight_FindsNothing(bool deep)
    {
        await using var run = await VerifyRun.StartAsync();

        var (findings, counts) = await run.VerifyAsync(deep);

        Assert.Empty(findings);
        Assert.Equal((6, 0, 0, 6), (counts.Right, counts.NotChecked, counts.NotStored, counts.Done));
    }

    [Fact]
    public async Task Verify_ObjectGone_IsMissingUntilItIsRepaired()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects.TryRemove(VerifyRun.Key(Image), out _);

        var (findings, _) = await run.VerifyAsync();

        Assert.Equal((FindingKind.Missing, Image, false), Only(findings));
        Assert.Equal(BlobState.Lost, run.Blobs.StateOf(run.File(Image)));
        Assert.Equal((FindingKind.Missing, Image, false), Only((await run.VerifyAsync()).Findings));
        Assert.Equal((FindingKind.Missing, Image, true), Only((await run.VerifyAsync(repair: true)).Findings));
        Assert.Equal(BlobState.Stored, run.Blobs.StateOf(run.File(Image)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task VerifyRepair_ObjectGone_IsStoredAgain(bool isInSpool)
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects.TryRemove(VerifyRun.Key(Image), out _);
        run.Origin.Fetched.Clear();
        if (!isInSpool)
        {
            run.Evict(Image);
        }

        var (findings, counts) = await run.VerifyAsync(repair: true);

        Assert.Equal((FindingKind.Missing, Image, true), Only(findings));
        Assert.Equal(1, counts.Repaired);
        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], run.Store.Objects[VerifyRun.Key(Image)].Bytes);
        Assert.Equal(isInSpool ? 0 : 1, run.Origin.Fetched.Count);
        Assert.Equal(BlobState.Stored, run.Blobs.StateOf(run.File(Image)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task VerifyDeepRepair_BytesChanged_AreWrittenOver(bool isInSpool)
    {
        await using var run = await VerifyRun.StartAsync();
        run.DamageObject(Image);
        if (!isInSpool)
        {
            run.Evict(Image);
        }

        Assert.Empty((await run.VerifyAsync()).Findings); // the note beside it is as it was
        Assert.Equal((FindingKind.Damaged, Image, false), Only((await run.VerifyAsync(deep: true)).Findings));
        Assert.Equal((FindingKind.Damaged, Image, false), Only((await run.VerifyAsync()).Findings)); // known since
        Assert.Equal((FindingKind.Damaged, Image, true), Only((await run.VerifyAsync(deep: true, repair: true)).Findings));

        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], run.Store.Objects[VerifyRun.Key(Image)].Bytes);
        Assert.Empty((await run.VerifyAsync(deep: true)).Findings);
    }

    [Fact]
    public async Task VerifyDeep_BytesChangedAndNotRepaired_TheNextReadWritesThemOver()
    {
        await using var run = await VerifyRun.StartAsync();
        run.DamageObject(Image);
        run.Evict(Image);
        await run.VerifyAsync(deep: true);

        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], await run.ReadAsync(Image));
    }

    [Fact]
    public async Task Verify_OtherChecksumKeptBesideIt_IsDamagedAndRepairedThoughItsBytesAreRight()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects[VerifyRun.Key(Image)] = run.Store.Objects[VerifyRun.Key(Image)] with { Note = new ObjectNote(new string('0', 64), false) };
        run.Evict(Image);

        Assert.Equal((FindingKind.Damaged, Image, true), Only((await run.VerifyAsync(repair: true)).Findings));

        Assert.Empty((await run.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Verify_OtherLength_IsDamaged()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects[VerifyRun.Key(Image)] = run.Store.Objects[VerifyRun.Key(Image)] with { Bytes = new byte[10] };

        Assert.Equal((FindingKind.Damaged, Image, false), Only((await run.VerifyAsync()).Findings));
    }

    [Fact]
    public async Task Verify_ObjectWithoutNote_IsNotCheckedUnlessRead()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects[VerifyRun.Key(Image)] = run.Store.Objects[VerifyRun.Key(Image)] with { Note = new ObjectNote(null, false) };

        var (fast, deep) = ((await run.VerifyAsync()).Counts, (await run.VerifyAsync(deep: true)).Counts);

        Assert.Equal((5, 1), (fast.Right, fast.NotChecked));
        Assert.Equal((6, 0), (deep.Right, deep.NotChecked));
    }

    [Fact]
    public async Task Verify_ObjectsThatAreNoFiles_AreToldAndStay()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.Objects[VerifyRun.Key("files/p10/notes.txt")] = ([1], new ObjectNote(null, false));
        run.Store.Objects["other-set/1.0/files/a.jpg"] = ([1], new ObjectNote(null, false));

        Assert.Equal((FindingKind.Extra, "files/p10/notes.txt", false), Only((await run.VerifyAsync(repair: true)).Findings));
        Assert.Empty((await run.VerifyAsync(isWanted: _ => false)).Findings);

        Assert.True(run.Store.Objects.ContainsKey(VerifyRun.Key("files/p10/notes.txt")));
    }

    [Fact]
    public async Task Verify_SomeFiles_LooksAtTheseAlone()
    {
        await using var run = await VerifyRun.StartAsync();
        run.DamageObject(VerifyRun.Images[0]);

        var (findings, counts) = await run.VerifyAsync(deep: true, files: [run.File(Image)]);

        Assert.Empty(findings);
        Assert.Equal((1, 1), (counts.Listed, counts.Right));
    }

    [Fact]
    public async Task Verify_BytesThatTheOriginRepeatsAgainstItsList_AreNoDamageAndKnownAgainAfterALoss()
    {
        var others = CacheHarness.Bytes(1002, seed: 77);
        await using var run = await VerifyRun.StartAsync(origin => origin.Instead = (path, _) => path == VerifyRun.Key(Image) ? others : null);
        Assert.Equal((FindingKind.OriginDisagrees, Image, false), Only((await run.VerifyAsync(deep: true)).Findings));
        await run.LoseIndexAsync();
        Assert.Equal(0, run.Blobs.Disagreements);

        Assert.Equal((FindingKind.OriginDisagrees, Image, false), Only((await run.VerifyAsync()).Findings));

        Assert.Equal(1, run.Blobs.Disagreements);
        run.Origin.Fetched.Clear();
        Assert.Equal(others, await run.ReadAsync(Image));
        Assert.Empty(run.Origin.Fetched);
    }

    [Fact]
    public async Task Verify_ObjectThatTheIndexDoesNotKnow_IsKnownAfterwards()
    {
        await using var run = await VerifyRun.StartAsync();
        await run.Blobs.SetStateAsync(run.File(Image), BlobState.Unknown);

        var (findings, counts) = await run.VerifyAsync();

        Assert.Empty(findings);
        Assert.Equal(1, counts.NewlyKnown);
        Assert.Equal(BlobState.Stored, run.Blobs.StateOf(run.File(Image)));
    }

    [Fact]
    public async Task VerifyDeep_LocalCopyChanged_LeavesTheSpoolAndIsReadRightAfterwards()
    {
        await using var run = await VerifyRun.StartAsync();
        Assert.True(run.Spool.TryFind(run.SpoolKeyOf(Image), out var local));
        File.WriteAllBytes(local.Path, CacheHarness.Damaged(await File.ReadAllBytesAsync(local.Path, TestContext.Current.CancellationToken), at: 3));
        var reader = run.Blobs.Get(run.File(Image));

        Assert.Equal((FindingKind.DamagedInSpool, Image, false), Only((await run.VerifyAsync(deep: true)).Findings));

        Assert.False(run.Parts.Cache.TryRead(reader, 0, new byte[10], out _), "who has read damaged bytes gets no right ones after them");
        Assert.Equal(run.Origin.Files[VerifyRun.Key(Image)], await run.ReadAsync(Image));
    }

    [Fact]
    public async Task VerifyRepair_OriginGone_SaysWhyItIsStillDamaged()
    {
        await using var run = await VerifyRun.StartAsync();
        run.DamageObject(Image);
        run.Evict(Image);
        run.Origin.BeforeFetch = _ => throw new OriginException(OriginError.Unreachable, "The cable is out.");

        var (findings, counts) = await run.VerifyAsync(deep: true, repair: true);

        Assert.Equal((FindingKind.Damaged, Image, false), Only(findings));
        Assert.Contains("The cable is out.", findings[0].Message, StringComparison.Ordinal);
        Assert.Equal(0, counts.Repaired);
    }

    [Fact]
    public async Task Verify_OneObjectCannotBeRead_IsAFinding()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.BeforeStat = key => key == VerifyRun.Key(Image) ? throw new StoreException(StoreError.OutOfReach, "503") : Task.CompletedTask;

        var (findings, counts) = await run.VerifyAsync();

        Assert.Equal((FindingKind.Unreadable, Image, false), Only(findings));
        Assert.Equal(5, counts.Right);
    }

    [Fact]
    public async Task Verify_StoreOutOfReachOrRefusing_Fails()
    {
        await using var run = await VerifyRun.StartAsync();
        run.Store.BeforeStat = _ => throw new StoreException(StoreError.NotPermitted, "403");
        await Assert.ThrowsAsync<StoreException>(() => run.VerifyAsync());
        run.Store.BeforeList = () => throw new StoreException(StoreError.OutOfReach, "gone");

        await Assert.ThrowsAsync<StoreException>(() => run.VerifyAsync());

        Assert.Equal(6, run.Blobs.Stored.Objects);
    }

    [Fact]
    public async Task Verify_Stopped_EndsAtOnce()
    {
        await using var run = await VerifyRun.StartAsync();
        using var stop = new CancellationTokenSource();
        run.Store.BeforeStat = async _ =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop.Token);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.VerifyAsync(stopping: stop));
    }

    private static (FindingKind Kind, string Path, bool IsRepaired) Only(List<Finding> findings)
    {
        var finding = Assert.Single(findings);
        return (finding.Kind, finding.Path, finding.IsRepaired);
    }
}
