using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace MimicCxr.Daemon.Sqlite;

/// <summary>
/// The index file: catalogues, what is known of blobs, and jobs. Not a truth: everything in it but the jobs can be had again
/// from the list files and the object store, so a file that cannot be used is set aside and a new one begun.
/// </summary>
internal sealed class IndexDatabase
{
    /// <summary>Raised when the tables change; an index of another version is rebuilt, never migrated.</summary>
    private const long SchemaVersion = 2;

    // SQLITE_CORRUPT and SQLITE_NOTADB (sqlite3.h). Any other error says nothing against the file: a full disk, a lock.
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    private const string Schema =
        """
        CREATE TABLE datasets(
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          fingerprint BLOB NOT NULL,
          files INTEGER NOT NULL);
        CREATE TABLE files(
          dataset_id INTEGER NOT NULL,
          ordinal INTEGER NOT NULL,
          path BLOB NOT NULL,
          sha256 BLOB,
          PRIMARY KEY(dataset_id, ordinal)) WITHOUT ROWID;
        CREATE TABLE blobs(
          dataset_id INTEGER NOT NULL,
          ordinal INTEGER NOT NULL,
          size INTEGER NOT NULL,
          state INTEGER NOT NULL,
          accepted_sha256 BLOB,
          PRIMARY KEY(dataset_id, ordinal)) WITHOUT ROWID;
        CREATE TABLE jobs(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          dataset TEXT NOT NULL,
          fingerprint BLOB NOT NULL,
          files BLOB NOT NULL,
          description TEXT NOT NULL,
          concurrency INTEGER NOT NULL,
          files_total INTEGER NOT NULL,
          created INTEGER NOT NULL,
          state INTEGER NOT NULL,
          ended INTEGER,
          files_done INTEGER NOT NULL DEFAULT 0,
          bytes_done INTEGER NOT NULL DEFAULT 0,
          cause_kind INTEGER,
          cause TEXT);
        CREATE TABLE job_failures(
          job_id INTEGER NOT NULL,
          path TEXT NOT NULL,
          kind INTEGER NOT NULL,
          message TEXT NOT NULL,
          PRIMARY KEY(job_id, path)) WITHOUT ROWID;
        """;

    private readonly string _path;
    private readonly string _connectionString;

    private IndexDatabase(string path)
    {
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            // One writer and few readers, all long-lived: a pool would only keep the file open after the end.
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString();
    }

    /// <summary>Stands there from a clean end to the next start, and holds the file's length at that end.</summary>
    private string CleanMark => _path + ".clean";

    /// <summary>Opens the index, or begins a new one where there is none or an unusable one.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="setAside">Where an unusable index was moved to, or null.</param>
    public static IndexDatabase Open(string path, out string? setAside)
    {
        Sqlite.EnsureBound();
        setAside = null;
        var database = new IndexDatabase(path);
        try
        {
            database.Prepare();
        }
        catch (Exception e) when (e is InvalidDataException or SqliteException { SqliteErrorCode: Corrupt or NotADatabase })
        {
            setAside = path + ".unusable";
            File.Move(path, setAside, overwrite: true);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            database.Prepare();
        }

        return database;
    }

    /// <summary>Opens a connection; the caller disposes it.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // WAL with NORMAL: a commit survives the death of the process at once, that of the machine a little later.
        connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;");
        return connection;
    }

    /// <summary>Call at a clean end, when nothing writes any more: the next start need not read the whole file to trust it.</summary>
    public void MarkClean() => File.WriteAllText(CleanMark, new FileInfo(_path).Length.ToString(CultureInfo.InvariantCulture));

    private bool WasClosedCleanly()
    {
        var clean = File.Exists(CleanMark) && File.Exists(_path)
            && File.ReadAllText(CleanMark) == new FileInfo(_path).Length.ToString(CultureInfo.InvariantCulture);
        File.Delete(CleanMark);
        return clean;
    }

    private void Prepare()
    {
        var trusted = WasClosedCleanly();
        using var connection = Connect();
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version == SchemaVersion)
        {
            if (!trusted && connection.ExecuteScalar<string>("PRAGMA quick_check(1)") != "ok")
            {
                throw new InvalidDataException("The index is damaged.");
            }

            return;
        }

        if (connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master") != 0)
        {
            throw new InvalidDataException($"The index has version {version}, not {SchemaVersion}.");
        }

        using var transaction = connection.BeginTransaction();
        connection.Execute(Schema + $"PRAGMA user_version={SchemaVersion};", transaction: transaction);
        transaction.Commit();
    }
}
