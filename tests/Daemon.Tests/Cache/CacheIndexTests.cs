using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class CacheIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IndexDatabase _database;

    public CacheIndexTests() => _database = IndexDatabase.Open(_folder["index.db"], out _);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Load_AfterManyRecordsAtOnce_HasTheLastOfEach()
    {
        await using (var index = new CacheIndex(_database, NullLogger.Instance))
        {
            var writes = Enumerable.Range(0, 5000)
                .Select(i => index.RecordAsync(7, new BlobRecord(i % 2500, i, i < 2500 ? BlobState.Pending : BlobState.Stored, null)));
            await Task.WhenAll([.. writes]);
            Assert.Equal(2500, index.Load(7).Count);
        }

        await using var again = new CacheIndex(_database, NullLogger.Instance);
        var records = again.Load(7);
        Assert.Equal(2500, records.Count);
        Assert.All(records, record => Assert.Equal((record.File + 2500L, BlobState.Stored), (record.Size, record.State)));
        Assert.Empty(again.Load(8));
    }

    [Fact]
    public async Task Record_Written_SurvivesAKill()
    {
        await using var index = new CacheIndex(_database, NullLogger.Instance);
        await index.RecordAsync(1, new BlobRecord(3, 42, BlobState.Stored, [1, 2, 3]));

        // Not disposed: what another connection finds now is what a kill would leave.
        await using var other = new CacheIndex(IndexDatabase.Open(_folder["index.db"], out var setAside), NullLogger.Instance);

        Assert.Null(setAside);
        var record = Assert.Single(other.Load(1));
        Assert.Equal((3, 42L, BlobState.Stored), (record.File, record.Size, record.State));
        Assert.Equal([1, 2, 3], record.AcceptedSha256!);
    }

    [Fact]
    public async Task Dispose_SomeQueued_WritesThem()
    {
        var index = new CacheIndex(_database, NullLogger.Instance);
        var writes = Enumerable.Range(0, 3000).Select(i => index.RecordAsync(1, new BlobRecord(i, i, BlobState.Unknown, null))).ToList();

        await index.DisposeAsync();

        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        await index.RecordAsync(1, new BlobRecord(1, 1, BlobState.Unknown, null)); // too late, and nobody waits for ever
        await using var again = new CacheIndex(_database, NullLogger.Instance);
        Assert.Equal(3000, again.Load(1).Count);
    }
}
