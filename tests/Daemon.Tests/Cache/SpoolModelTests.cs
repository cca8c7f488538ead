using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>Random load, and what must hold at every moment of it.</summary>
public sealed class SpoolModelTests
{
    private const int Workers = 6;
    private const long Limit = 2 << 20;
    private const int Block = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomLoad_AtAnyMoment_StaysWithinTheBound(int seed)
    {
        using var folder = new TemporaryFolder();
        using var spool = new Spool(folder["spool"], Limit, new CacheCounters(), TimeProvider.System, NullLogger.Instance);
        // Adding up the files takes time: while it does, nobody adds one that was not there when it began.
        using var writing = new SemaphoreSlim(Workers);
        var load = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => WorkAsync(spool, writing, new Random((seed * 100) + worker), worker))));

        long mostOnDisk = 0, mostUsed = 0;
        for (var samples = 0; !load.IsCompleted || samples < 10; samples++)
        {
            for (var i = 0; i < Workers; i++)
            {
                await writing.WaitAsync(TestContext.Current.CancellationToken);
            }

            mostOnDisk = Math.Max(mostOnDisk, OnDisk(folder["spool"]));
            mostUsed = Math.Max(mostUsed, spool.UsedBytes);
            writing.Release(Workers);
            await Task.Yield();
        }

        await load;
        Assert.InRange(mostOnDisk, 1, Limit);
        Assert.InRange(mostUsed, 1, Limit);
        Assert.Equal(0, spool.Count().Pinned);
        Assert.InRange(spool.UsedBytes, OnDisk(folder["spool"]), Limit);
        // No room was lost: nearly the whole of it can be had at once.
        await spool.ReserveAsync(Limit - 100_000, Task.CompletedTask, TestContext.Current.CancellationToken);
    }

    private static async Task WorkAsync(Spool spool, SemaphoreSlim writing, Random random, int worker)
    {
        for (var i = 0; i < 60; i++)
        {
            var length = random.Next(1, 400_000);
            var key = new SpoolKey(0, (ulong)((worker * 1000) + random.Next(10)));
            using var cancel = new CancellationTokenSource();
            var reserving = spool.ReserveAsync(length, Task.CompletedTask, cancel.Token).AsTask();
            if (random.Next(6) == 0)
            {
                await cancel.CancelAsync();
            }

            try
            {
                await reserving;
            }
            catch (OperationCanceledException)
            {
                continue;
            }

            var file = await WriteAsync(spool, writing, key, length, keep: random.Next(5) != 0);
            if (file is null)
            {
                continue;
            }

            file.TryRead(0, new byte[random.Next(length) + 1], spool.Open, out _);
            await Task.Yield();
            Assert.False(file.IsGone); // pinned
            file.TryRead(0, new byte[length], spool.Open, out _);
            file.Unpin();
            spool.ServeWaiting();
        }
    }

    private static async Task<SpoolFile?> WriteAsync(Spool spool, SemaphoreSlim writing, SpoolKey key, int length, bool keep)
    {
        await writing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            using (var handle = spool.CreatePartial(key))
            {
                RandomAccess.Write(handle, new byte[length], 0);
            }

            if (keep)
            {
                return spool.Commit(key, length);
            }

            spool.DeletePartial(key);
            spool.Release(length);
            return null;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>What du would count, entries that vanish in between left out.</summary>
    private static long OnDisk(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", SearchOption.AllDirectories)
        .Sum(file =>
        {
            try
            {
                return (file.Length + Block - 1) / Block * Block;
            }
            catch (FileNotFoundException)
            {
                return 0;
            }
        });
}
