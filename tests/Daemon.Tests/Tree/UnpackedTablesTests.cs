using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class UnpackedTablesTests : UnpackedTablesTest
{
    [Fact]
    public async Task Size_FirstAndLater_IsExact()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();
        var before = Find(tree, "t.csv");
        Assert.Equal(NodeAttributes.UnknownSize, before.Size);

        Assert.Equal(Table.Length, await tree.GetSizeAsync(before.Node, readFollows: false, Token));

        Assert.Equal(before with { Size = Table.Length }, Find(tree, "t.csv"));
    }

    [Fact]
    public async Task Read_AnyRange_GivesWhatTheGzHolds()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();

        Assert.Equal(Table[300_000..300_100], await ReadAsync(tree, "t.csv", 300_000, 100));
        Assert.Equal(Table[..10], await ReadAsync(tree, "t.csv", 0, 10));
        Assert.Equal(Table[^5..], await ReadAsync(tree, "t.csv", Table.Length - 5, 100));
        Assert.Empty(await ReadAsync(tree, "t.csv", Table.Length, 10));
        Assert.Equal(Table, await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Read_GzOfSeveralMembers_GivesThemAll()
    {
        Origin.Add("t.csv.gz", [.. GZip(Table[..1000]), .. GZip(Table[1000..])]);

        Assert.Equal(Table, await ReadAsync(await StartAsync(), "t.csv"));
    }

    [Fact]
    public async Task Read_EmptyTable_IsEmpty()
    {
        Origin.Add("t.csv.gz", GZip([]));
        var tree = await StartAsync();

        Assert.Equal(0, await tree.GetSizeAsync(Find(tree, "t.csv").Node, readFollows: true, Token));
        Assert.Empty(await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Read_ManyAtOnce_FetchesAndUnpacksOnce()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();

        var read = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReadAsync(tree, "t.csv")));

        Assert.All(read, bytes => Assert.Equal(Table, bytes));
        Assert.Single(Origin.Fetched, Key("t.csv.gz"));
    }

    [Fact]
    public async Task Names_OfTablesAndOthers_AreThereOnceEach()
    {
        Origin.Add("both.csv", [1, 2]);
        foreach (var name in new[] { "both.csv.gz", "t.csv.gz", "deep/u.csv.gz", "notes.txt.gz", ".csv.gz" })
        {
            Origin.Add(name, GZip(Table));
        }

        var tree = await StartAsync();

        Assert.Equal([".csv.gz", "SHA256SUMS.txt", "both.csv", "both.csv.gz", "deep", "files", "notes.txt.gz", "t.csv.gz", "t.csv"], Names(tree, NodeId.Root));
        Assert.Equal(["u.csv.gz", "u.csv"], Names(tree, Find(tree, "deep").Node));
        Assert.Equal([1, 2], await ReadAsync(tree, "both.csv"));
        Assert.Equal(Table, await ReadAsync(tree, "deep/u.csv"));
        Assert.False(tree.TryResolve("notes.txt", out _));
        Assert.False(tree.TryResolve("deep/t.csv", out _));
    }

    [Fact]
    public async Task Restart_WithoutTheOrigin_TellsSizeAndBytesAtOnce()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        await ReadAsync(await StartAsync(), "t.csv");
        LoseTheOrigin();

        var tree = await StartAsync();

        Assert.Equal(Table.Length, Find(tree, "t.csv").Size);
        Assert.False(tree.TryRead(Find(tree, "t.csv").Node, 0, new byte[10]).IsPending);
        Assert.Equal(Table, await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Restart_WithoutTheOriginAndTheSpool_UnpacksWhatTheStoreHas()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        await ReadAsync(await StartAsync(), "t.csv");
        await Store.WhenStoredAsync(Key("t.csv.gz"));
        await Store.WhenStoredAsync(Key("SHA256SUMS.txt"));
        LoseTheOrigin();

        var tree = await StartAsync(between: () => Directory.Delete(Folder["spool"], recursive: true));

        Assert.Equal(Table.Length, Find(tree, "t.csv").Size);
        Assert.Equal(Table, await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Restart_TheUnpackedFileWasCut_UnpacksItAgain()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        await ReadAsync(await StartAsync(), "t.csv");

        var tree = await StartAsync(between: () =>
        {
            using var file = new FileStream(Directory.EnumerateFiles(Folder["spool/blobs"]).Single(path => new FileInfo(path).Length == Table.Length), FileMode.Open);
            file.SetLength(Table.Length / 2);
        });

        Assert.Equal(Table.Length, Find(tree, "t.csv").Size);
        Assert.Equal(Table, await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Evicted_ReadAgain_IsMadeFromTheGz()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();
        await ReadAsync(tree, "t.csv");
        foreach (var key in Parts.Spool.Keys())
        {
            Parts.Spool.Evict(key, evenHeld: true, out _);
        }

        Assert.Equal(Table, await ReadAsync(tree, "t.csv"));
    }

    [Fact]
    public async Task Unpacked_IsNoFileOfTheDataSet()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();
        await ReadAsync(tree, "t.csv");
        await Store.WhenStoredAsync(Key("t.csv.gz"));
        await Store.WhenStoredAsync(Key("SHA256SUMS.txt"));

        Assert.Equal([Key("SHA256SUMS.txt"), Key("t.csv.gz")], Store.Objects.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(3, tree.GetStatistics().Files);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("without trailer")]
    [InlineData("one bit")]
    [InlineData("no gzip")]
    [InlineData("empty")]
    public async Task Damaged_AtItsSource_IsAnInputOutputErrorAndTheGzStillReads(string how)
    {
        var gz = GZip(Table);
        byte[] damaged = how switch
        {
            "cut" => gz[..(gz.Length / 2)],
            "without trailer" => gz[..^8],
            "one bit" => CacheHarness.Damaged(gz, gz.Length - 6),
            "no gzip" => Table,
            _ => [],
        };
        Origin.Add("t.csv.gz", damaged);
        var tree = await StartAsync();

        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(Find(tree, "t.csv").Node, false, Token).AsTask())).Errno);
        Assert.Equal(Errno.InputOutput, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, "t.csv"))).Errno);
        Assert.Equal(damaged, await ReadAsync(tree, "t.csv.gz"));
    }

    [Fact]
    public async Task LargerThanTheSpool_IsNoSpaceAndLeavesNothing()
    {
        Origin.Add("t.csv.gz", GZip(new byte[20 << 20]));
        var tree = await StartAsync(spoolLimit: 2 << 20);

        Assert.Equal(Errno.NoSpace, (await Assert.ThrowsAsync<FsException>(() => ReadAsync(tree, "t.csv"))).Errno);

        Assert.Empty(Directory.EnumerateFiles(Folder["spool/partial"]));
        Assert.Equal(2, Parts.Spool.Count().Blobs);
    }

    [Fact]
    public async Task SeveralTables_InASpoolForOne_AreAllRead()
    {
        for (var i = 0; i < 4; i++)
        {
            Origin.Add($"{i}.csv.gz", GZip([.. Table, (byte)i]));
        }

        var tree = await StartAsync(spoolLimit: Table.Length * 2);

        var read = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ReadAsync(tree, $"{i}.csv")));

        Assert.All(read.Index(), table => Assert.Equal([.. Table, (byte)table.Index], table.Item));
        Assert.InRange(Parts.Spool.UsedBytes, 0, Table.Length * 2);
    }

    [Fact]
    public async Task OpenBackingAsync_NotHere_LeasesTheUnpackedFile()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var tree = await StartAsync();
        var node = Find(tree, "t.csv").Node;
        Assert.True(tree.TryGetBacking(node).IsPending);

        using var lease = await tree.OpenBackingAsync(node, Token);

        var bytes = new byte[Table.Length + 1];
        Assert.Equal(Table.Length, RandomAccess.Read((Microsoft.Win32.SafeHandles.SafeFileHandle)lease!.Handle, bytes, 0));
        Assert.Equal(Table, bytes[..^1]);
    }

    [Fact]
    public async Task Reader_LeavesWhileItIsUnpacked_OthersGetIt()
    {
        Origin.Add("t.csv.gz", GZip(Table));
        var goOn = new TaskCompletionSource();
        var tree = await StartAsync();
        Origin.BeforeFetch = _ => goOn.Task;
        using var leaving = new CancellationTokenSource();
        var left = tree.WaitReadableAsync(Find(tree, "t.csv").Node, 0, 10, leaving.Token).AsTask();
        var stayed = ReadAsync(tree, "t.csv");

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        goOn.SetResult();

        Assert.Equal(Table, await stayed);
    }
}
