using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

public sealed class FolderObjectStoreTests : IDisposable
{
    private const string Key = "mimic-cxr-jpg/2.1.0/files/p10/a b.jpg";
    private static readonly ObjectNote Note = new("00", false);
    private static readonly byte[] One = CacheHarness.Bytes(300_000, seed: 1);
    private static readonly byte[] Other = CacheHarness.Bytes(300_000, seed: 2);
    private static readonly byte[] Longer = CacheHarness.Bytes(300_001, seed: 3);

    private readonly TemporaryFolder _folder = new();
    private readonly FolderObjectStore _store;

    public FolderObjectStoreTests() => _store = new FolderObjectStore(_folder["store"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TryFetch_None_IsNull() => Assert.Null(await _store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));

    [Fact]
    public async Task TryFetch_AfterPut_IsTheSameAndAPlainFile()
    {
        await PutAsync(One);
        var sink = new RecordingSink();

        Assert.NotNull(await _store.TryFetchAsync(Key, sink, RequestPriority.Interactive, Token));

        Assert.Equal(One, sink.Bytes);
        Assert.Equal([One.Length], sink.Lengths);
        Assert.Equal(One, await File.ReadAllBytesAsync(_folder["store/" + Key], Token));
        Assert.Single(Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Put_SameLengthThere_IsLeftAloneUnlessOverwritten()
    {
        await PutAsync(One);

        await PutAsync(Other);
        Assert.Equal(One, Stored());
        await PutAsync(Other, overwrite: true);
        Assert.Equal(Other, Stored());
    }

    [Fact]
    public async Task Put_AnotherLengthThere_IsReplaced()
    {
        await PutAsync(One);

        await PutAsync(Longer);

        Assert.Equal(Longer, Stored());
    }

    [Fact]
    public async Task Put_Cancelled_LeavesNothing()
    {
        await _store.CheckAsync(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync(One, token: new CancellationToken(canceled: true)));

        Assert.Empty(Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Put_StoreEmptiedByHand_WorksAgain()
    {
        await PutAsync(One);
        Directory.Delete(_folder["store"], recursive: true);

        await PutAsync(One);

        Assert.Equal(One, Stored());
    }

    [Fact]
    public async Task Put_ManyAtOnceUnderOneKey_LeavesOneOfThemWhole()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PutAsync(i % 2 == 0 ? One : Longer, overwrite: true, source: $"source-{i}")));

        Assert.Contains(Stored(), new[] { One, Longer });
        Assert.Empty(Directory.GetFiles(_folder["store/.partial"]));
    }

    [Fact]
    public async Task Put_SourceOnTheSameDisk_TakesNoSecondCopyAndIsReadOnly()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may change what is read-only.");
        await PutAsync(One);

        // The same file under two names: seen by a change that root may make all the same.
        await File.AppendAllTextAsync(_folder["source"], "more", Token);
        Assert.Equal(One.Length + 4, Stored().Length);
        Assert.True(new FileInfo(_folder["store/" + Key]).IsReadOnly);
    }

    [Fact]
    public async Task Put_SourceOnTheSameDiskRemoved_StaysStored()
    {
        await PutAsync(One);

        File.Delete(_folder["source"]);

        Assert.Equal(One, Stored());
    }

    [Fact]
    public async Task Put_SourceOnAnotherDisk_IsCopied()
    {
        using var disk = new SmallDisk(kilobytes: 1024);
        var source = Path.Combine(disk.Path, "source");
        await File.WriteAllBytesAsync(source, One, Token);

        await _store.PutAsync(Key, source, One.Length, Note, overwrite: false, Token);

        Assert.Equal(One, Stored());
        Assert.Empty(Directory.GetFiles(_folder["store/.partial"]));
    }

    [Fact]
    public async Task Put_SourceIsGone_FailsAndStoresNothing()
    {
        await Assert.ThrowsAsync<StoreException>(() => _store.PutAsync(Key, _folder["none"], 5, Note, overwrite: false, Token));

        Assert.Null(await _store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));
    }

    [Fact]
    public async Task Check_PlaceCannotBeUsed_SaysSo()
    {
        await File.WriteAllTextAsync(_folder["file"], "", Token);

        var error = await Assert.ThrowsAsync<StoreException>(() => new FolderObjectStore(_folder["file"]).CheckAsync(Token));

        Assert.Equal(StoreError.NotPermitted, error.Error);
        Assert.Contains("--store", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_LeftoversOfAKill_AreRemoved()
    {
        await _store.CheckAsync(Token);
        await File.WriteAllTextAsync(_folder["store/.partial/left"], "half", Token);

        await _store.CheckAsync(Token);

        Assert.Empty(Directory.GetFiles(_folder["store/.partial"]));
    }

    [Fact]
    public async Task Check_AnotherDaemonIsWriting_ItsFileStays()
    {
        await using var parts = await _store.BeginPartsAsync(Key, One.Length, Note, Token);
        await parts.PutPartAsync(0, new(One), Token);

        await new FolderObjectStore(_folder["store"]).CheckAsync(Token);
        await parts.CompleteAsync(overwrite: false, Token);

        Assert.Equal(One, Stored());
    }

    [Fact]
    public async Task Put_FromMemory_KeepsTheSameRulesAsFromAFile()
    {
        await _store.PutAsync(Key, new(One), Note, overwrite: false, RequestPriority.Bulk, Token);
        Assert.Equal(One, Stored());
        await _store.PutAsync(Key, new(Other), Note, overwrite: false, RequestPriority.Bulk, Token);
        Assert.Equal(One, Stored());
        await _store.PutAsync(Key, new(Longer), Note, overwrite: false, RequestPriority.Bulk, Token);
        Assert.Equal(Longer, Stored());

        Assert.Single(Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Parts_InAnyOrder_ShowNothingBeforeTheyAreComplete()
    {
        await using var parts = await _store.BeginPartsAsync(Key, 0, Note, Token);
        var whole = CacheHarness.Bytes(IObjectParts.PartLength + 1000);

        await parts.PutPartAsync(1, new(whole.AsMemory(IObjectParts.PartLength)), Token);
        await parts.PutPartAsync(0, new(whole.AsMemory(0, IObjectParts.PartLength)), Token);
        Assert.Null(await _store.TryStatAsync(Key, Token));
        await parts.CompleteAsync(overwrite: false, Token);

        Assert.Equal(whole, Stored());
    }

    [Fact]
    public async Task Parts_GivenUp_LeaveNothing()
    {
        await using (var parts = await _store.BeginPartsAsync(Key, One.Length, Note, Token))
        {
            await parts.PutPartAsync(0, new(One), Token);
        }

        Assert.Empty(Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task List_FolderWithOtherThingsInIt_TellsObjectsOnly()
    {
        await PutAsync(One);
        await _store.PutAsync("mimic-cxr-jpg/2.1.0/LICENSE.txt", new(Longer), Note, overwrite: false, RequestPriority.Bulk, Token);
        await _store.PutAsync("mimic-cxr/2.1.0/LICENSE.txt", new(One), Note, overwrite: false, RequestPriority.Bulk, Token);
        await using var parts = await _store.BeginPartsAsync(Key + "2", One.Length, Note, Token);
        await File.WriteAllTextAsync(_folder["store/mimic-cxr-jpg/2.1.0/.DS_Store"], "", Token);
        File.CreateSymbolicLink(_folder["store/mimic-cxr-jpg/2.1.0/link"], _folder["store/" + Key]);

        var all = await _store.ListAsync("", Token).ToListAsync(Token);
        var some = await _store.ListAsync("mimic-cxr-jpg/2.1.0/fi", Token).ToListAsync(Token);

        Assert.Equal(
            ["mimic-cxr-jpg/2.1.0/LICENSE.txt", Key, "mimic-cxr/2.1.0/LICENSE.txt"], all.Select(found => found.Key).Order(StringComparer.Ordinal));
        var only = Assert.Single(some);
        Assert.Equal((Key, One.Length), (only.Key, only.Length));
        Assert.Empty(await _store.ListAsync("none/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task TryCreate_ManyAtOnce_OneSucceedsAndItsBytesStay()
    {
        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => _store.TryCreateAsync(Key, new[] { (byte)i }, Token))));

        Assert.Single(created, isNew => isNew);
        Assert.Equal([(byte)Array.IndexOf(created, true)], Stored());
    }

    [Fact]
    public async Task TryCreate_SeenWhileItIsMade_IsNeverPart()
    {
        // An observer finds the whole claim or none: so does who comes after a kill.
        var bytes = new byte[1 << 20];
        Array.Fill(bytes, (byte)1);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var observing = Task.Run(
            () =>
            {
                var seen = new HashSet<long>();
                while (!end.IsCancellationRequested)
                {
                    var file = new FileInfo(_folder["store/" + Key]);
                    if (file.Exists)
                    {
                        seen.Add(file.Length);
                        Assert.DoesNotContain((byte)0, File.ReadAllBytes(file.FullName));
                    }
                }

                return seen;
            },
            Token);

        Assert.True(await _store.TryCreateAsync(Key, bytes, Token));
        Assert.False(await _store.TryCreateAsync(Key, One, Token));

        await end.CancelAsync();
        Assert.All(await observing, length => Assert.Equal(bytes.Length, length));
        Assert.Empty(Directory.EnumerateFiles(_folder["store/.partial"]));
    }

    [Fact]
    public async Task Delete_SomeThereAndSomeNot_LeavesTheOthers()
    {
        await PutAsync(One);
        await _store.PutAsync("a/1/b", new(One), Note, overwrite: false, RequestPriority.Bulk, Token);

        await _store.DeleteAsync(["a/1/b", "a/1/none"], Token);

        Assert.Null(await _store.TryStatAsync("a/1/b", Token));
        Assert.Equal(One.Length, (await _store.TryStatAsync(Key, Token))?.Length);
    }

    private async Task PutAsync(byte[] bytes, bool overwrite = false, string source = "source", CancellationToken? token = null)
    {
        // Another file each time, as in the spool: one that was stored does not change any more.
        File.Delete(_folder[source]);
        await File.WriteAllBytesAsync(_folder[source], bytes, Token);
        await _store.PutAsync(Key, _folder[source], bytes.Length, Note, overwrite, token ?? Token);
    }

    private byte[] Stored() => File.ReadAllBytes(_folder["store/" + Key]);
}
