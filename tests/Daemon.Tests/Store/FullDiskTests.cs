using System.Buffers;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>Disks that run full while there is room by the daemon's own count.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const string Large = "files/large.jpg";
    private const string Small = "files/small.jpg";
    private static readonly byte[] LargeBytes = CacheHarness.Bytes(900_000);
    private static readonly byte[] SmallBytes = CacheHarness.Bytes(20_000, seed: 2);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedOrigin _origin = CacheHarness.OriginOf((Large, LargeBytes), (Small, SmallBytes));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Read_SpoolDiskFull_SaysSoAndSpoilsNothing()
    {
        using var disk = new SmallDisk(kilobytes: 600);
        var spool = Path.Combine(disk.Path, "spool");
        await using var cache = new CacheHarness(_folder, _origin, new FailingStore(), new() { SpoolFolder = spool });
        var empty = cache.Spool.UsedBytes;

        var error = await Assert.ThrowsAsync<CacheException>(() => cache.ReadAsync(Large));

        Assert.Equal(CacheError.NoRoom, error.Error);
        Assert.Contains("--spool-dir", error.Message, StringComparison.Ordinal);
        Assert.Equal(empty, cache.Spool.UsedBytes);
        Assert.Empty(Directory.GetFiles(Path.Combine(spool, "partial")));
        Assert.Equal(SmallBytes, await cache.ReadAsync(Small));
    }

    [Fact]
    public async Task Put_StoreDiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = new SmallDisk(kilobytes: 600);
        var store = new FolderObjectStore(disk.Path);
        await store.CheckAsync(TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_folder["large"], LargeBytes, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync(
            "a/1/large", _folder["large"], LargeBytes.Length, new ObjectNote("", false), overwrite: false, TestContext.Current.CancellationToken));

        Assert.Equal(StoreError.Full, error.Error);
        Assert.Contains("full", error.Message, StringComparison.Ordinal);
        var fromMemory = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync(
            "a/1/large", new ReadOnlySequence<byte>(LargeBytes), new ObjectNote("", false), overwrite: false, RequestPriority.Bulk, TestContext.Current.CancellationToken));
        Assert.Equal(StoreError.Full, fromMemory.Error);
        Assert.Empty(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));
    }
}
