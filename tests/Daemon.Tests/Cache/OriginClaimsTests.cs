using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>Machines that share a store ask the origin once for a file, and none waits for ever for another.</summary>
public sealed class OriginClaimsTests : IDisposable
{
    private const string Name = "files/a.jpg";
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly string Key = CacheHarness.Key(Name);
    private static readonly byte[] Bytes = CacheHarness.Bytes(400_000);

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _otherFolder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Name, Bytes));
    private readonly SharedStore _store = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _otherFolder.Dispose();
    }

    [Fact]
    public async Task Read_TwoMachinesAtOnce_OneAsksTheOriginAndOneUploads()
    {
        await using (var first = Machine(_folder, _store, TimeProvider.System))
        await using (var second = Machine(_otherFolder, _store, TimeProvider.System))
        {
            var pause = _origin.NextPauses(Key, Bytes, after: 1000);
            var read = first.ReadAsync(Name);
            await pause.Reached.Task;
            var tried = _store.WhenClaimedAsync();
            var readByOther = second.ReadAsync(Name);
            await tried;
            pause.GoOn.SetResult();

            Assert.Equal(Bytes, await read);
            Assert.Equal(Bytes, await readByOther);
        }

        Assert.Equal(1, _origin.Fetches(Key));
        Assert.Equal(1, _store.Puts);
        Assert.Empty(_store.Claims);
    }

    [Fact]
    public async Task Read_TwoMachinesAtOnceOnAFolder_OneAsksTheOrigin()
    {
        using var shared = new TemporaryFolder();
        await using (var first = Machine(_folder, new FolderObjectStore(shared["store"]), TimeProvider.System))
        await using (var second = Machine(_otherFolder, new FolderObjectStore(shared["store"]), TimeProvider.System))
        {
            var pause = _origin.NextPauses(Key, Bytes, after: 1000);
            var read = first.ReadAsync(Name);
            await pause.Reached.Task;
            var readByOther = second.ReadAsync(Name);
            pause.GoOn.SetResult();

            Assert.Equal(Bytes, await read);
            Assert.Equal(Bytes, await readByOther);
        }

        Assert.Equal(1, _origin.Fetches(Key));
        Assert.Empty(Directory.GetFiles(shared[$"store/{OwnObjects.Claims}"]));
    }

    [Fact]
    public async Task Read_StoredBetweenLookAndClaim_IsReadFromTheStore()
    {
        _store.BeforeClaim = _ => _store.Objects[Key] = (Bytes, new ObjectNote(null, false));
        await using var cache = Machine(_folder, _store);

        Assert.Equal(Bytes, await cache.ReadAsync(Name));
        Assert.Equal(0, _origin.AllFetches);
    }

    [Fact]
    public async Task Read_OriginFails_LeavesNoClaim()
    {
        _origin.NextFails(Key, OriginError.Unreachable);
        await using var cache = Machine(_folder, _store);

        await Assert.ThrowsAsync<OriginException>(() => cache.ReadAsync(Name));
        Assert.Empty(_store.Claims);
    }

    [Fact]
    public async Task Read_StoreTakesNoClaims_AsksTheOrigin()
    {
        _store.BeforeClaim = _ => throw new StoreException(StoreError.NotPermitted, "as scripted");
        await using var cache = Machine(_folder, _store);

        Assert.Equal(Bytes, await cache.ReadAsync(Name));
        Assert.Equal(1, _origin.Fetches(Key));
    }

    [Fact]
    public async Task Read_AnotherMachineTakesLong_AsksTheOriginAfterAWhile()
    {
        await using var cache = Machine(_folder, _store);
        var claim = OtherMachineClaims();
        var begun = _time.GetTimestamp();
        var read = cache.ReadAsync(Name);
        while (!read.IsCompleted)
        {
            await PassAsync(read);
            await _store.RenewAsync(claim);
        }

        Assert.Equal(Bytes, await read);
        Assert.InRange(_time.GetElapsedTime(begun), OriginClaims.ReadersPatience, OriginClaims.Patience);
        Assert.Equal([claim], _store.Claims);
    }

    [Fact]
    public async Task FetchIntoStore_AnotherMachineTakesLong_IsWaitedForAsLongAsItLives()
    {
        await using var cache = Machine(_folder, _store);
        var claim = OtherMachineClaims();
        var fetch = cache.Cache.FetchIntoStoreAsync(cache.Blob(Name), Token);
        for (var passed = TimeSpan.Zero; passed < OriginClaims.Patience * 3; passed += Step)
        {
            await PassAsync(fetch);
            await _store.RenewAsync(claim);
            Assert.False(fetch.IsCompleted);
        }

        _store.Objects[Key] = (Bytes, new ObjectNote(null, false));
        _store.Objects.TryRemove(claim, out _);
        while (!fetch.IsCompleted)
        {
            await PassAsync(fetch);
        }

        await fetch;
        Assert.Equal(0, _origin.AllFetches);
        Assert.Equal(BlobState.Stored, cache.Blobs.StateOf(cache.File(Name)));
    }

    [Fact]
    public async Task FetchIntoStore_AnotherMachineDied_IsTakenOver()
    {
        await using var cache = Machine(_folder, _store);
        OtherMachineClaims();
        var begun = _time.GetTimestamp();
        var fetch = cache.Cache.FetchIntoStoreAsync(cache.Blob(Name), Token);
        while (!fetch.IsCompleted)
        {
            await PassAsync(fetch);
        }

        await fetch;
        Assert.InRange(_time.GetElapsedTime(begun), OriginClaims.Patience, OriginClaims.Patience * 2);
        Assert.Equal(1, _origin.Fetches(Key));
        Assert.Equal(Bytes, _store.Objects[Key].Bytes);
    }

    [Fact]
    public async Task Read_FetchLastsLong_RenewsItsClaim()
    {
        await using var cache = Machine(_folder, _store);
        var pause = _origin.NextPauses(Key, Bytes, after: 1000);
        var read = cache.ReadAsync(Name);
        await pause.Reached.Task;
        var claim = Assert.Single(_store.Claims);
        var before = (await _store.TryStatAsync(claim, Token))!.Modified;

        await _time.WhenWaitingAsync(due => due <= OriginClaim.Renewal);
        _time.Advance(OriginClaim.Renewal);

        Assert.NotEqual(before, (await _store.TryStatAsync(claim, Token))!.Modified);
        pause.GoOn.SetResult();
        Assert.Equal(Bytes, await read);
    }

    private CacheHarness Machine(TemporaryFolder folder, IObjectStore store, TimeProvider? time = null) =>
        new(folder, _origin, store, new() { Shared = true, Time = time ?? _time });

    /// <summary>Another machine claims whatever is claimed next, a moment before.</summary>
    private string OtherMachineClaims()
    {
        var claim = OwnObjects.Claims + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Key)));
        _store.Objects[claim] = ([1], new ObjectNote(null, false));
        return claim;
    }

    /// <summary>Lets a second pass once somebody waits for it, or nobody needs it any more.</summary>
    private async Task PassAsync(Task work)
    {
        await Task.WhenAny(work, _time.WhenWaitingAsync(due => due <= Step));
        _time.Advance(Step);
    }
}
