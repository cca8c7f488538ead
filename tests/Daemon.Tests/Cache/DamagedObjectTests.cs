using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>An object that was found damaged is remembered as that, until the right bytes are written over it.</summary>
public sealed class DamagedObjectTests : IDisposable
{
    private const string Name = "files/a.jpg";
    private static readonly string Key = CacheHarness.Key(Name);
    private static readonly byte[] Right = CacheHarness.Bytes(400_000);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Name, Right));
    private readonly FailingStore _store = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_ObjectDamagedAndOriginAway_IsNoMoreTakenAsStoredAndWrittenOverByALaterRun()
    {
        await using (var earlier = NewCache())
        {
            await earlier.ReadAsync(Name);
            await earlier.SettledAsync(Name);
        }

        Directory.Delete(_folder["spool"], recursive: true);
        _store.Objects[Key] = (CacheHarness.Damaged(Right, at: 300_000), _store.Objects[Key].Note);
        await using (var cache = NewCache())
        {
            _origin.NextFails(Key, OriginError.Unreachable);
            await Assert.ThrowsAsync<OriginException>(() => cache.ReadAsync(Name));
        }

        await using var later = NewCache();
        Assert.Equal(BlobState.Damaged, later.Blobs.StateOf(later.File(Name)));
        var fetches = _store.Fetches;
        await later.Cache.FetchIntoStoreAsync(later.Blob(Name), TestContext.Current.CancellationToken);

        Assert.Equal(Right, _store.Objects[Key].Bytes);
        Assert.Equal(BlobState.Stored, later.Blobs.StateOf(later.File(Name)));
        Assert.Equal(fetches, _store.Fetches);
    }

    private CacheHarness NewCache() => new(_folder, _origin, _store);
}
