using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace MimicCxr.Daemon.Sqlite;

/// <summary>
/// The index file: catalogues, what is known of blobs, jobs and selections. Not a truth: everything in it but the last two can be had again
/// from the list files and the object store, so a file that cannot be used is set aside and a new one begun. One of an older
/// version is brought up to date; one of a newer version is left alone.
/// </summary>
internal sealed class IndexDatabase
{
    // sqlite3.h. Corrupt and NotADatabase speak against the file, and so does a step that does not fit its tables; any other
    // error does not: a full disk, a lock.
    private const int StepFailed = 1;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <summary>
    /// What made the tables, in order: an index that has the first N is of version N. Add to the end; never change one that
    /// was released.
    /// </summary>
    private static readonly string[] Steps =
    [
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
        """,
        """
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
        """,
        // Whether the store has been looked through since the data set was imported.
        "ALTER TABLE datasets ADD COLUMN surveyed INTEGER NOT NULL DEFAULT 0;",
        // How long the tables are that were unpacked, by their names in the spool.
        "CREATE TABLE unpacked(key TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;",
        """
        CREATE TABLE selections(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          dataset TEXT NOT NULL,
          name TEXT NOT NULL,
          fingerprint BLOB NOT NULL,
          query TEXT NOT NULL,
          files BLOB NOT NULL,
          images INTEGER NOT NULL,
          studies INTEGER NOT NULL,
          patients INTEGER NOT NULL,
          created INTEGER NOT NULL,
          UNIQUE(dataset, name));
        """,
    ];

    private readonly string _path;
    private readonly string _connectionString;
    private volatile bool _isDamaged;

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

    /// <summary>Stands there from a clean end to the next start, and holds the file's length and time at that end.</summary>
    private string CleanMark => _path + ".clean";

    /// <summary>Opens the index, or begins a new one where there is none or an unusable one.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="setAside">Where an unusable index was moved to, or null.</param>
    /// <exception cref="NewerIndexException">A newer version of this program wrote it.</exception>
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

    /// <summary>Whether a failure means that the file is damaged; the next start then looks through it, and makes it again.</summary>
    public bool IsDamage(SqliteException failure) => failure.SqliteErrorCode is Corrupt or NotADatabase && (_isDamaged = true);

    /// <summary>Call at a clean end, when nothing writes any more: the next start need not read the whole file to trust it.</summary>
    public void MarkClean()
    {
        if (!_isDamaged && File.Exists(_path))
        {
            File.WriteAllText(CleanMark, Stamp());
        }
    }

    private bool WasClosedCleanly()
    {
        var clean = File.Exists(CleanMark) && File.Exists(_path) && File.ReadAllText(CleanMark) == Stamp();
        File.Delete(CleanMark);
        return clean;
    }

    private string Stamp()
    {
        var file = new FileInfo(_path);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}");
    }

    private void Prepare()
    {
        var trusted = WasClosedCleanly();
        using var connection = Connect();
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version > Steps.Length)
        {
            throw new NewerIndexException(_path, version, Steps.Length);
        }

        if (version == 0 && connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master") != 0)
        {
            throw new InvalidDataException("The file is a database, but not an index.");
        }

        if (!trusted && connection.ExecuteScalar<string>("PRAGMA quick_check(1)") != "ok")
        {
            throw new InvalidDataException("The index is damaged.");
        }

        if (version < Steps.Length)
        {
            Take(connection, Steps.AsSpan((int)version));
        }
    }

    private static void Take(SqliteConnection connection, ReadOnlySpan<string> steps)
    {
        try
        {
            using var transaction = connection.BeginTransaction();
            foreach (var step in steps)
            {
                connection.Execute(step, transaction: transaction);
            }

            connection.Execute($"PRAGMA user_version={Steps.Length};", transaction: transaction);
            transaction.Commit();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == StepFailed)
        {
            throw new InvalidDataException("The index does not have the tables of its version.", e);
        }
    }
}
