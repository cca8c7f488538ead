using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Sqlite;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// Jobs in the index: a row a job with its files as a bit each, and a row a failure. What is done needs none: which files the
/// store has is known of the blobs anyway.
/// </summary>
internal sealed class JobStore(IndexDatabase index, ILogger logger)
{
    /// <summary>Jobs that have ended and are remembered.</summary>
    public const int EndedKept = 100;

    private const int Full = 13; // SQLITE_FULL (sqlite3.h)

    /// <summary>All jobs, the oldest first.</summary>
    /// <param name="failuresOfEach">How many failures to read with each.</param>
    public List<JobRow> Load(int failuresOfEach)
    {
        using var connection = index.Connect();
        return
        [
            .. connection.Query<Row>(
                """
                SELECT id, dataset, description, concurrency, files_total AS FilesTotal, created, state, ended,
                  files_done AS FilesDone, bytes_done AS BytesDone, cause_kind AS CauseKind, cause
                FROM jobs ORDER BY id
                """).ToList().Select(row => ToJob(connection, row, failuresOfEach)).OfType<JobRow>(),
        ];
    }

    /// <summary>Keeps a new job; on return it survives a kill.</summary>
    /// <exception cref="CacheException">The index cannot be written.</exception>
    public JobOrder Create(DataSetId dataSet, CatalogSnapshot catalog, FileSet files, string description, int concurrency, DateTimeOffset now)
    {
        try
        {
            using var connection = index.Connect();
            var id = connection.ExecuteScalar<long>(
                """
                INSERT INTO jobs(dataset, fingerprint, files, description, concurrency, files_total, created, state)
                VALUES(@dataset, @fingerprint, @files, @description, @concurrency, @total, @created, @state) RETURNING id
                """,
                new
                {
                    dataset = dataSet.ToString(),
                    fingerprint = catalog.Fingerprint.ToArray(),
                    files = files.Bits,
                    description,
                    concurrency,
                    total = files.Count,
                    created = now.ToUnixTimeSeconds(),
                    state = (int)JobState.Queued,
                });
            return new JobOrder(id, dataSet, description, concurrency, files.Count, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
        }
        catch (SqliteException e)
        {
            throw new CacheException(
                e.SqliteErrorCode == Full ? CacheError.NoRoom : CacheError.DiskFailed,
                $"The job cannot be kept: the index cannot be written (SQLite error {e.SqliteErrorCode}). Is the disk of the state directory full?",
                e);
        }
    }

    /// <summary>The files of a job.</summary>
    /// <returns>Null when the data set's lists have changed since, so that its numbers mean other files.</returns>
    public FileSet? Files(long job, CatalogSnapshot catalog)
    {
        using var connection = index.Connect();
        var (fingerprint, files) = connection.QuerySingle<(byte[], byte[])>("SELECT fingerprint, files FROM jobs WHERE id = @job", new { job });
        return catalog.Fingerprint.Span.SequenceEqual(fingerprint) ? new FileSet(files) : null;
    }

    /// <summary>The failures of a job, in path order.</summary>
    public List<JobFailure> Failures(long job)
    {
        using var connection = index.Connect();
        return Failures(connection, job, -1);
    }

    /// <summary>Keeps a failure.</summary>
    public void Add(long job, JobFailure failure) => Write(connection => connection.Execute(
        "INSERT OR REPLACE INTO job_failures(job_id, path, kind, message) VALUES(@job, @Path, @kind, @Message)",
        new { job, failure.Path, kind = (int)failure.Kind, failure.Message }));

    /// <summary>Keeps how a job ended, and forgets the ended ones that are too many.</summary>
    public void End(long job, JobEnd end) => Write(connection =>
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            UPDATE jobs SET state = @state, ended = @ended, files_done = @FilesDone, bytes_done = @BytesDone, cause_kind = @kind, cause = @cause
            WHERE id = @job
            """,
            new { job, state = (int)end.State, ended = end.At.ToUnixTimeSeconds(), end.FilesDone, end.BytesDone, kind = (int?)end.Cause?.Kind, cause = end.Cause?.Message },
            transaction);
        connection.Execute(
            """
            DELETE FROM jobs WHERE ended IS NOT NULL AND id NOT IN (SELECT id FROM jobs WHERE ended IS NOT NULL ORDER BY id DESC LIMIT @EndedKept);
            DELETE FROM job_failures WHERE job_id NOT IN (SELECT id FROM jobs);
            """,
            new { EndedKept },
            transaction);
        transaction.Commit();
    });

    /// <summary>Lets a job that has ended begin again; its failures are forgotten.</summary>
    public void Reopen(long job) => Write(connection =>
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            UPDATE jobs SET state = @queued, ended = NULL, cause_kind = NULL, cause = NULL WHERE id = @job;
            DELETE FROM job_failures WHERE job_id = @job;
            """,
            new { job, queued = (int)JobState.Queued },
            transaction);
        transaction.Commit();
    });

    private static JobRow? ToJob(SqliteConnection connection, Row row, int failures)
    {
        if (!DataSetId.TryParse(row.DataSet, out var dataSet))
        {
            return null;
        }

        var order = new JobOrder(row.Id, dataSet, row.Description, (int)row.Concurrency, (int)row.FilesTotal, DateTimeOffset.FromUnixTimeSeconds(row.Created));
        var cause = row.CauseKind is { } kind ? new JobFailure("", (FailureKind)kind, row.Cause ?? "") : null;
        var end = row.Ended is { } ended
            ? new JobEnd((JobState)row.State, row.FilesDone, row.BytesDone, cause, DateTimeOffset.FromUnixTimeSeconds(ended))
            : null;
        var counts = connection.Query<(long Kind, long Count)>("SELECT kind, count(*) FROM job_failures WHERE job_id = @Id GROUP BY kind", new { row.Id })
            .ToDictionary(count => (FailureKind)count.Kind, count => count.Count);
        return new JobRow(order, end, counts, Failures(connection, row.Id, failures));
    }

    private static List<JobFailure> Failures(SqliteConnection connection, long job, int limit) =>
    [
        .. connection.Query<(string Path, long Kind, string Message)>(
                "SELECT path, kind, message FROM job_failures WHERE job_id = @job ORDER BY path LIMIT @limit", new { job, limit })
            .Select(row => new JobFailure(row.Path, (FailureKind)row.Kind, row.Message)),
    ];

    /// <summary>Writes; an index that cannot be written does not stop a job, which then only knows less after a restart.</summary>
    private void Write(Action<SqliteConnection> write)
    {
        try
        {
            using var connection = index.Connect();
            write(connection);
        }
        catch (SqliteException e)
        {
            logger.LogError("What a job did could not be kept (SQLite error {Code}). Is the disk of the state directory full?", e.SqliteErrorCode);
        }
    }

    private sealed record Row
    {
        public long Id { get; init; }

        public string DataSet { get; init; } = "";

        public string Description { get; init; } = "";

        public long Concurrency { get; init; }

        public long FilesTotal { get; init; }

        public long Created { get; init; }

        public long State { get; init; }

        public long? Ended { get; init; }

        public long FilesDone { get; init; }

        public long BytesDone { get; init; }

        public long? CauseKind { get; init; }

        public string? Cause { get; init; }
    }
}
