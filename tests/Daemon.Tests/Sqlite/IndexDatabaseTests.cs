using Dapper;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Sqlite;

public sealed class IndexDatabaseTests : IDisposable
{
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
    [InlineData("older version")]
    [InlineData("somebody else's")]
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
            case "older version":
                Execute("PRAGMA user_version=0");
                break;
            default:
                Execute("PRAGMA user_version=77; DROP TABLE blobs");
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
