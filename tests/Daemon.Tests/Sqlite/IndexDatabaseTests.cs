using Dapper;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Sqlite;

public sealed class IndexDatabaseTests : IDisposable
{
    /// <summary>As version 1 made them; not to be changed.</summary>
    private const string Version1 =
        """
        CREATE TABLE datasets(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, fingerprint BLOB NOT NULL, files INTEGER NOT NULL);
        CREATE TABLE files(dataset_id INTEGER NOT NULL, ordinal INTEGER NOT NULL, path BLOB NOT NULL, sha256 BLOB, PRIMARY KEY(dataset_id, ordinal)) WITHOUT ROWID;
        CREATE TABLE blobs(dataset_id INTEGER NOT NULL, ordinal INTEGER NOT NULL, size INTEGER NOT NULL, state INTEGER NOT NULL, accepted_sha256 BLOB,
          PRIMARY KEY(dataset_id, ordinal)) WITHOUT ROWID;
        PRAGMA user_version=1;
        """;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["index.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_None_BeginsOne()
    {
        AssertUsable(IndexDatabase.Open(File, out var setAside));
        Assert.Null(setAside);
    }

    [Fact]
    public void Open_Again_KeepsWhatIsThere()
    {
        Fill(IndexDatabase.Open(File, out _));

        using var connection = IndexDatabase.Open(File, out var setAside).Connect();

        Assert.Null(setAside);
        Assert.Equal(3000, connection.ExecuteScalar<long>("SELECT count(*) FROM files"));
    }

    [Theory]
    [InlineData("not a database")]
    [InlineData("header only")]
    [InlineData("half")]
    [InlineData("scrambled pages")]
    [InlineData("somebody else's")]
    [InlineData("tables of no version")]
    public void Open_Unusable_IsSetAsideAndBegunAnew(string damage)
    {
        Fill(IndexDatabase.Open(File, out _));
        Damage(damage);
        var before = System.IO.File.ReadAllBytes(File);

        var index = IndexDatabase.Open(File, out var setAside);

        Assert.NotNull(setAside);
        Assert.Equal(before.Length, new FileInfo(setAside).Length);
        AssertUsable(index);
        IndexDatabase.Open(File, out var again);
        Assert.Null(again);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Open_CutAtARandomByteAfterACleanEnd_IsUsable(int seed)
    {
        var index = IndexDatabase.Open(File, out _);
        Fill(index);
        index.MarkClean();
        using (var file = new FileStream(File, FileMode.Open))
        {
            file.SetLength(new Random(seed).NextInt64(file.Length));
        }

        AssertUsable(IndexDatabase.Open(File, out var setAside));
        Assert.NotNull(setAside);
    }

    [Fact]
    public void Open_OverwrittenInPlaceAfterACleanEnd_IsSetAside()
    {
        var index = IndexDatabase.Open(File, out _);
        Fill(index);
        index.MarkClean();
        using (var file = new FileStream(File, FileMode.Open))
        {
            file.Position = 4096;
            file.Write(new byte[8192]);
        }

        AssertUsable(IndexDatabase.Open(File, out var setAside));
        Assert.NotNull(setAside);
    }

    [Fact]
    public void Open_OfVersion1_IsBroughtUpToDateAndKeepsWhatIsThere()
    {
        Execute(Version1 + "INSERT INTO blobs VALUES(1, 7, 1500, 2, NULL); INSERT INTO datasets VALUES(1, 'a/1', x'00', 10);");

        using var connection = IndexDatabase.Open(File, out var setAside).Connect();

        Assert.Null(setAside);
        Assert.Equal(1500, connection.ExecuteScalar<long>("SELECT size FROM blobs WHERE ordinal = 7"));
        Assert.Equal(0, connection.ExecuteScalar<long>("SELECT surveyed FROM datasets"));
    }

    [Fact]
    public void Open_OfANewerVersion_IsRefusedAndLeftAlone()
    {
        Fill(IndexDatabase.Open(File, out _));
        Execute("PRAGMA user_version=77");

        var e = Assert.Throws<NewerIndexException>(() => IndexDatabase.Open(File, out _));

        Assert.Contains("version 77", e.Message, StringComparison.Ordinal);
        Assert.Equal(["index.db"], Directory.EnumerateFiles(_folder[""]).Select(Path.GetFileName).Where(name => !name!.Contains('-', StringComparison.Ordinal)));
    }

    [Fact]
    public void MarkClean_DamageWasSeen_TheNextStartLooksForItself()
    {
        var index = IndexDatabase.Open(File, out _);
        Fill(index);
        Assert.True(index.IsDamage(new Microsoft.Data.Sqlite.SqliteException("malformed", 11)));
        Assert.False(index.IsDamage(new Microsoft.Data.Sqlite.SqliteException("full", 13)));

        index.MarkClean();

        Assert.False(System.IO.File.Exists(File + ".clean"));
    }

    [Fact]
    public void Open_UnusableTwice_SetsTheSecondAsideToo()
    {
        System.IO.File.WriteAllText(File, new string('x', 5000));
        IndexDatabase.Open(File, out _);
        System.IO.File.WriteAllText(File, new string('y', 5000));

        AssertUsable(IndexDatabase.Open(File, out var setAside));

        Assert.StartsWith("y", System.IO.File.ReadAllText(setAside!), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderThatIsNotThere_ThrowsAndMovesNothing() =>
        Assert.ThrowsAny<Exception>(() => IndexDatabase.Open(_folder["no/index.db"], out _));

    [Fact]
    public void Open_InUseByAnotherProcess_IsNotSetAside()
    {
        var index = IndexDatabase.Open(File, out _);
        Fill(index);
        using var connection = index.Connect();
        using var transaction = connection.BeginTransaction(); // holds the write lock

        var second = IndexDatabase.Open(File, out var setAside);

        Assert.Null(setAside);
        using var reader = second.Connect();
        Assert.Equal(3000, reader.ExecuteScalar<long>("SELECT count(*) FROM files"));
    }

    private static void AssertUsable(IndexDatabase index)
    {
        using var connection = index.Connect();
        Assert.Equal(0, connection.ExecuteScalar<long>("SELECT count(*) FROM files"));
        connection.Execute("INSERT INTO datasets(name, fingerprint, files) VALUES('a/1', x'00', 0)");
    }

    private static void Fill(IndexDatabase index)
    {
        using var connection = index.Connect();
        using var transaction = connection.BeginTransaction();
        for (var i = 0; i < 3000; i++)
        {
            connection.Execute("INSERT INTO files VALUES(1, @i, @path, zeroblob(32))", new { i, path = "files/" + i }, transaction);
        }

        transaction.Commit();
    }

    private void Damage(string damage)
    {
        var bytes = System.IO.File.ReadAllBytes(File);
        switch (damage)
        {
            case "not a database":
                System.IO.File.WriteAllText(File, new string('x', 10_000));
                break;
            case "header only":
                System.IO.File.WriteAllBytes(File, bytes[..100]);
                break;
            case "half":
                System.IO.File.WriteAllBytes(File, bytes[..(bytes.Length / 2)]);
                break;
            case "scrambled pages":
                Array.Fill(bytes, (byte)0x5a, 4096, bytes.Length - 4096);
                System.IO.File.WriteAllBytes(File, bytes);
                break;
            case "somebody else's":
                Execute("PRAGMA user_version=0");
                break;
            default:
                Execute("PRAGMA user_version=1; DROP TABLE datasets");
                break;
        }
    }

    private void Execute(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        connection.Execute(sql + "; PRAGMA wal_checkpoint(TRUNCATE);");
    }
}
