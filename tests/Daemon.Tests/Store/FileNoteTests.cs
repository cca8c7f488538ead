using System.Security.Cryptography;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

/// <summary>What a folder store keeps beside its files.</summary>
public sealed class FileNoteTests : IDisposable
{
    private const string Key = "mimic-cxr-jpg/2.1.0/files/p10/a b.jpg";
    private static readonly byte[] Bytes = CacheHarness.Bytes(300_000);
    private static readonly ObjectNote Note = new(Sha256(Bytes), OriginDisagrees: true);

    private readonly TemporaryFolder _folder = new();
    private readonly FolderObjectStore _store;

    public FileNoteTests() => _store = new FolderObjectStore(_folder["store"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Stored => _folder["store/" + Key];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("link")]
    [InlineData("copy")]
    [InlineData("memory")]
    [InlineData("parts")]
    public async Task Note_HoweverTheFileCame_IsKeptBesideIt(string way)
    {
        await PutAsync(_store, way);

        var there = await _store.TryStatAsync(Key, Token);

        Assert.Equal((Note, (string?)null), (there?.Note, there?.FoundSha256));
        Assert.Equal(Note, await _store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));
    }

    [Fact]
    public async Task Note_StoredAgainUnderAnotherVerdict_IsTheNewOne()
    {
        await PutAsync(_store, "link");

        await _store.PutAsync(Key, _folder["source"], Bytes.Length, Note with { OriginDisagrees = false }, overwrite: true, Token);

        Assert.Equal(Note with { OriginDisagrees = false }, (await _store.TryStatAsync(Key, Token))?.Note);
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(299_999)]
    public async Task Note_FileWrittenToSince_TellsWhatItHasNow(int length)
    {
        await PutAsync(_store, "memory");
        var other = CacheHarness.Bytes(length, seed: 2);
        await File.WriteAllBytesAsync(Stored, other, Token);
        File.SetLastWriteTimeUtc(Stored, DateTime.UnixEpoch); // within a tick of the clock nobody could tell

        var there = await _store.TryStatAsync(Key, Token);

        Assert.Equal((Note, Sha256(other), Sha256(other)), (there?.Note, there?.FoundSha256, there?.Sha256));
        Assert.Equal(new ObjectNote(null, false), await _store.TryFetchAsync(Key, new RecordingSink(), RequestPriority.Interactive, Token));
    }

    [Fact]
    public async Task Note_OnlyTheTimeChanged_TellsTheSameChecksum()
    {
        await PutAsync(_store, "memory");
        File.SetLastWriteTimeUtc(Stored, DateTime.UnixEpoch);

        Assert.Equal(Note.Sha256, (await _store.TryStatAsync(Key, Token))?.Sha256);
    }

    [Fact]
    public async Task Note_FileOfSomethingElse_IsNone()
    {
        await PutAsync(_store, "memory");
        await File.WriteAllBytesAsync(_folder["other"], Bytes, Token);
        File.Move(_folder["other"], Stored, overwrite: true);

        Assert.Equal(new ObjectNote(null, false), (await _store.TryStatAsync(Key, Token))?.Note);
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("memory")]
    [InlineData("parts")]
    public async Task Note_FileSystemWithoutAttributes_IsNoneAndTheFileIsStored(string way)
    {
        using var disk = SmallDisk.WithoutAttributes();
        var store = new FolderObjectStore(disk.Path);

        await PutAsync(store, way);

        var there = await store.TryStatAsync(Key, Token);
        Assert.Equal((Bytes.Length, new ObjectNote(null, false)), (there?.Length, there?.Note));
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(Path.Combine(disk.Path, Key), Token));
    }

    private async Task PutAsync(FolderObjectStore store, string way)
    {
        switch (way)
        {
            case "link":
                await File.WriteAllBytesAsync(_folder["source"], Bytes, Token);
                await store.PutAsync(Key, _folder["source"], Bytes.Length, Note, overwrite: false, Token);
                break;
            case "copy":
                using (var disk = new SmallDisk(kilobytes: 1024))
                {
                    var source = Path.Combine(disk.Path, "source");
                    await File.WriteAllBytesAsync(source, Bytes, Token);
                    await store.PutAsync(Key, source, Bytes.Length, Note, overwrite: false, Token);
                }

                break;
            case "memory":
                await store.PutAsync(Key, new(Bytes), Note, overwrite: false, RequestPriority.Bulk, Token);
                break;
            default:
                await using (var parts = await store.BeginPartsAsync(Key, Bytes.Length, Note, Token))
                {
                    await parts.PutPartAsync(0, new(Bytes), Token);
                    await parts.CompleteAsync(overwrite: false, Token);
                }

                break;
        }
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
