using System.Security.Cryptography;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>Which bytes are right, when list, store and origin do not agree.</summary>
public sealed class VerdictTests : IDisposable
{
    private const string Name = "files/a.jpg";
    private static readonly string Key = CacheHarness.Key(Name);
    private static readonly byte[] Right = CacheHarness.Bytes(400_000);

    // In the last block, which no reader gets before the verdict.
    private static readonly byte[] Wrong = CacheHarness.Damaged(Right, at: 300_000, bits: 1);
    private static readonly byte[] OtherWrong = CacheHarness.Damaged(Right, at: 300_000, bits: 2);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Name, Right));
    private readonly FailingStore _store = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(nameof(MismatchPolicy.AcceptRepeatable))]
    [InlineData(nameof(MismatchPolicy.Error))]
    public async Task Read_WrongOnceThenRight_IsRight(string policy)
    {
        await using var cache = Cache(policy);
        _origin.Next(Key, Wrong);

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(2, _origin.Fetches(Key));
        Assert.Equal(1, cache.Counters.VerifyFailures);
        Assert.Equal(0, cache.Blobs.Disagreements);
    }

    [Fact]
    public async Task Read_RepeatedAndAccepted_IsReadAfterTwoFetchesAndMarked()
    {
        await using (var first = Cache())
        {
            Repeat(Wrong);
            Assert.Equal(Wrong, await first.ReadAsync(Name));
            Assert.Equal(2, _origin.Fetches(Key));
            Assert.Equal(1, first.Blobs.Disagreements);
            await first.SettledAsync(Name);
            Assert.True(_store.Objects[Key].Note.OriginDisagrees);
        }

        Directory.Delete(_folder["spool"], recursive: true);
        await using var cache = Cache();
        Assert.Equal(1, cache.Blobs.Disagreements);
        Assert.Equal(Wrong, await cache.ReadAsync(Name));
        Assert.Equal(2, _origin.Fetches(Key));
    }

    [Fact]
    public async Task Read_RepeatedAndRefused_FailsAndIsNowhere()
    {
        await using var cache = Cache(nameof(MismatchPolicy.Error));
        Repeat(Wrong);

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadAsync(Name));

        Assert.Equal(CacheError.Damaged, error.Error);
        Assert.Contains("--on-mismatch", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), cache.Spool.Count());
        Assert.Empty(Directory.GetFiles(_folder["spool/partial"]));
        Assert.Equal(0, _store.Puts);
        Assert.Equal(0, cache.Blobs.Disagreements);
        Assert.Equal(BlobState.Unknown, cache.Blobs.StateOf(cache.File(Name)));
    }

    [Fact]
    public async Task Read_AcceptedByAnEarlierRunAndRefusedByThis_FailsThoughTheSpoolHasIt()
    {
        Repeat(Wrong);
        await using (var earlier = Cache())
        {
            Assert.Equal(Wrong, await earlier.ReadAsync(Name));
            await earlier.SettledAsync(Name);
        }

        await using var cache = Cache(nameof(MismatchPolicy.Error));
        Repeat(Wrong);

        Assert.Equal(CacheError.Damaged, (await Assert.ThrowsAsync<CacheException>(() => cache.ReadAsync(Name))).Error);
    }

    [Fact]
    public async Task RecoverUploads_BytesThatTheListDeniesAndNobodyKnowsAccepted_AreDroppedNotStored()
    {
        await using (var earlier = Cache())
        {
            await earlier.ReadAsync(Name);
            await earlier.SettledAsync(Name);
        }

        _store.Objects.Clear();
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "index.db*"))
        {
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(Assert.Single(Directory.GetFiles(_folder["spool/blobs"])), Wrong, TestContext.Current.CancellationToken);
        await using var cache = Cache();

        cache.Cache.RecoverUploads(cache.Blobs);
        await cache.SettledAsync(Name);

        Assert.Empty(_store.Objects);
        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Theory]
    [InlineData(nameof(MismatchPolicy.AcceptRepeatable))]
    [InlineData(nameof(MismatchPolicy.Error))]
    public async Task Read_DifferentEachTime_Fails(string policy)
    {
        await using var cache = Cache(policy);
        _origin.Next(Key, Wrong);
        _origin.Next(Key, OtherWrong);

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadAsync(Name));

        Assert.Equal(CacheError.Damaged, error.Error);
        Assert.Equal(2, _origin.Fetches(Key));
        Assert.Equal((0, 0), cache.Spool.Count());
        Assert.Equal(0, _store.Puts);
    }

    [Fact]
    public async Task Read_StoreDamaged_ComesFromTheOriginAndIsStoredAnew()
    {
        await StoreOnceAsync();
        _store.Objects[Key] = (Wrong, _store.Objects[Key].Note);
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);

        Assert.Equal(2, _origin.Fetches(Key));
        Assert.Equal(Right, _store.Objects[Key].Bytes);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(390_000)]
    [InlineData(0)]
    public async Task Read_StoreTruncated_IsReadFromTheOriginAndTheStoreIsMended(int length)
    {
        await StoreOnceAsync();
        _store.Objects[Key] = (Right[..length], _store.Objects[Key].Note);
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);
        Assert.Equal(Right, _store.Objects[Key].Bytes);
        Assert.True(cache.Blobs.TryGetSize(cache.File(Name), out var size));
        Assert.Equal(Right.Length, size);
    }

    [Fact]
    public async Task Read_SharedStoreHasAnEmptyObject_IsNotTakenForAnEmptyFile()
    {
        _store.Objects[Key] = ([], new ObjectNote(null, false));
        await using var cache = new CacheHarness(_folder, _origin, _store, new() { Shared = true });

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);
        Assert.Equal(Right, _store.Objects[Key].Bytes);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(390_000)]
    public async Task Read_SharedStoreHasACutObject_ComesFromTheOriginForTheSameReader(int length)
    {
        _store.Objects[Key] = (Right[..length], new ObjectNote(null, false));
        await using var cache = new CacheHarness(_folder, _origin, _store, new() { Shared = true });

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);
        Assert.Equal(Right, _store.Objects[Key].Bytes);
        Assert.Equal(1, _origin.Fetches(Key));
    }

    [Fact]
    public async Task Read_StoreDamagedAndOriginDisagrees_IsStoredAnew()
    {
        await StoreOnceAsync();
        _store.Objects[Key] = (OtherWrong, _store.Objects[Key].Note);
        Repeat(Wrong);
        await using var cache = Cache();

        Assert.Equal(Wrong, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);

        Assert.Equal(Wrong, _store.Objects[Key].Bytes);
        Assert.Equal(1, cache.Blobs.Disagreements);
    }

    [Fact]
    public async Task Read_StoreDown_ComesFromTheOrigin()
    {
        await StoreOnceAsync();
        _store.Down = true;
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        Assert.Equal(2, _origin.Fetches(Key));
    }

    [Fact]
    public async Task Read_StoreBreaksOff_ComesFromTheOrigin()
    {
        await StoreOnceAsync();
        _store.BreakAfter = 150_000;
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
    }

    [Fact]
    public async Task Read_ObjectVanished_ComesFromTheOriginAndIsStoredAnew()
    {
        await StoreOnceAsync();
        _store.Objects.Clear();
        await using var cache = Cache();

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);

        Assert.Equal(Right, _store.Objects[Key].Bytes);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Read_StoredByAnotherMachine_IsFoundWhenShared(bool shared, int fetches)
    {
        _store.Objects[Key] = (Right, new ObjectNote(null, false));
        await using var cache = new CacheHarness(_folder, _origin, _store, new() { Shared = shared });

        Assert.Equal(Right, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);

        Assert.Equal(fetches, _origin.Fetches(Key));
        Assert.Equal(BlobState.Stored, cache.Blobs.StateOf(cache.File(Name)));
    }

    [Fact]
    public async Task Read_DisagreementStoredByAnotherMachine_IsAcceptedWithItsNote()
    {
        _store.Objects[Key] = (Wrong, new ObjectNote(Convert.ToHexStringLower(SHA256.HashData(Wrong)), true));
        await using var cache = new CacheHarness(_folder, _origin, _store, new() { Shared = true });

        Assert.Equal(Wrong, await cache.ReadAsync(Name));
        Assert.Equal(0, _origin.Fetches(Key));
        Assert.Equal(1, cache.Blobs.Disagreements);
    }

    [Fact]
    public async Task Read_StoreHasWithoutANoteWhatTheOriginRepeats_IsNotedThereForOthers()
    {
        await StoreOnceAsync();
        _store.Objects[Key] = (Wrong, new ObjectNote(null, false));
        _origin.Next(Key, Wrong);
        await using var cache = Cache();

        Assert.Equal(Wrong, await cache.ReadAsync(Name));
        await cache.SettledAsync(Name);

        Assert.Equal(2, _origin.Fetches(Key));
        Assert.True(_store.Objects[Key].Note.OriginDisagrees);
    }

    private CacheHarness Cache(string policy = nameof(MismatchPolicy.AcceptRepeatable)) =>
        new(_folder, _origin, _store, new() { OnMismatch = Enum.Parse<MismatchPolicy>(policy) });

    private void Repeat(byte[] bytes)
    {
        _origin.Next(Key, bytes);
        _origin.Next(Key, bytes);
    }

    /// <summary>An earlier run stores the file; its spool is gone.</summary>
    private async Task StoreOnceAsync()
    {
        await using (var first = Cache())
        {
            Assert.Equal(Right, await first.ReadAsync(Name));
            await first.SettledAsync(Name);
        }

        Directory.Delete(_folder["spool"], recursive: true);
    }
}
