using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class CatalogDatabaseTests : IDisposable
{
    private static readonly DataSetId Id = new("mimic-cxr-jpg", "2.1.0");
    private readonly TemporaryFolder _folder = new();
    private readonly IndexDatabase _index;
    private readonly CatalogDatabase _catalogs;

    public CatalogDatabaseTests()
    {
        _index = IndexDatabase.Open(_folder["index.db"], out _);
        _catalogs = new CatalogDatabase(_index, _folder["catalogs"], NullLogger.Instance);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NothingSaved_IsNull() => Assert.Null(_catalogs.Load(Id));

    [Fact]
    public void Load_AfterSave_IsTheSameCatalogue()
    {
        var list = Lists.Of("files/p1/s1.txt", "files/p1/s1/x.jpg", "README");
        list.Add("files/p1/s1/y.jpg"u8, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        var saved = _catalogs.Save(Id, Lists.Imported(CatalogBuilder.Build(list)));

        var loaded = _catalogs.Load(Id);

        Assert.NotNull(loaded);
        Assert.Equal(saved.DataSetRow, loaded.DataSetRow);
        Assert.Equal(saved.Snapshot.Fingerprint.ToArray(), loaded.Snapshot.Fingerprint.ToArray());
        Assert.Equal(saved.Snapshot.NodeCount, loaded.Snapshot.NodeCount);
        for (var node = 0; node < saved.Snapshot.NodeCount; node++)
        {
            Assert.Equal(saved.Snapshot.Path(node), loaded.Snapshot.Path(node));
        }

        Assert.Equal(31, loaded.Snapshot.Sha256(Lists.File(loaded.Snapshot, "files/p1/s1/y.jpg"))[31]);
        Assert.True(loaded.Snapshot.Sha256(Lists.File(loaded.Snapshot, "README")).IsEmpty);
    }

    [Fact]
    public void Load_OtherDataSet_IsNull()
    {
        _catalogs.Save(Id, Lists.Imported(Lists.Catalog("a")));

        Assert.Null(_catalogs.Load(new DataSetId("mimic-cxr-jpg", "2.0.0")));
    }

    [Fact]
    public void Load_WithoutItsFile_IsTheSameAndMakesItAgain()
    {
        var saved = _catalogs.Save(Id, Lists.Imported(Lists.Catalog("a/a", "a/b", "c")));
        Directory.Delete(_folder["catalogs"], recursive: true);

        var loaded = _catalogs.Load(Id);

        Assert.Equal(saved.Snapshot.Fingerprint.ToArray(), loaded!.Snapshot.Fingerprint.ToArray());
        Assert.Single(Directory.GetFiles(_folder["catalogs"]));
    }

    [Fact]
    public void Load_FileOfAnEarlierCatalogue_IsIgnored()
    {
        _catalogs.Save(Id, Lists.Imported(Lists.Catalog("old")));
        var file = Directory.GetFiles(_folder["catalogs"]).Single();
        File.Copy(file, _folder["old"]);
        _catalogs.Save(Id, Lists.Imported(Lists.Catalog("new")));
        File.Copy(_folder["old"], file, overwrite: true);

        Assert.Equal("new", _catalogs.Load(Id)!.Snapshot.Path(1));
    }

    [Theory]
    [InlineData("UPDATE datasets SET fingerprint = zeroblob(32)")]
    [InlineData("DELETE FROM files WHERE ordinal = 1")]
    [InlineData("UPDATE files SET path = CAST('z' AS BLOB) WHERE ordinal = 0")]
    [InlineData("UPDATE files SET path = CAST('../z' AS BLOB) WHERE ordinal = 0")]
    [InlineData("UPDATE files SET path = CAST('a/b/c' AS BLOB) WHERE ordinal = 0")] // now a/b is file and directory
    [InlineData("UPDATE files SET path = 'z' WHERE ordinal = 0")] // a text
    [InlineData("UPDATE files SET sha256 = zeroblob(32) WHERE ordinal = 1")]
    [InlineData("UPDATE files SET sha256 = zeroblob(3) WHERE ordinal = 1")]
    [InlineData("DELETE FROM files; UPDATE datasets SET files = 0")]
    public void Load_Tampered_IsNull(string sql)
    {
        _catalogs.Save(Id, Lists.Imported(Lists.Catalog("a/a", "a/b", "c")));
        using (var connection = _index.Connect())
        {
            connection.Execute(sql);
        }

        Directory.Delete(_folder["catalogs"], recursive: true);

        Assert.Null(_catalogs.Load(Id));
    }

    [Fact]
    public void Save_Again_ReplacesAndForgetsBlobs()
    {
        var first = _catalogs.Save(Id, Lists.Imported(Lists.Catalog("a", "b")));
        using (var connection = _index.Connect())
        {
            connection.Execute($"INSERT INTO blobs VALUES({first.DataSetRow}, 1, 5, 2, NULL)");
        }

        _catalogs.Save(Id, Lists.Imported(Lists.Catalog("c")));

        Assert.Equal("c", _catalogs.Load(Id)!.Snapshot.Path(1));
        using var check = _index.Connect();
        Assert.Equal(0, check.ExecuteScalar<long>("SELECT count(*) FROM blobs"));
        Assert.Equal(1, check.ExecuteScalar<long>("SELECT count(*) FROM files"));
    }
}
