using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Sqlite;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// What is known of blobs, in the index file. One writer takes whatever is queued into one transaction, so that
/// thousands of small changes a second cost a few commits.
/// </summary>
internal sealed class CacheIndex : IAsyncDisposable
{
    private const int LargestTransaction = 1000;

    /// <summary>What comes within this time goes into one transaction: each has a price, and a cold read makes three changes.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private readonly IndexDatabase _index;
    private readonly ILogger _logger;
    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writer;

    public CacheIndex(IndexDatabase index, ILogger logger)
    {
        _index = index;
        _logger = logger;
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Everything known of the blobs of a data set.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public List<BlobRecord> Load(long dataSetRow)
    {
        try
        {
            return Read(dataSetRow);
        }
        catch (SqliteException e) when (_index.IsDamage(e))
        {
            throw new InvalidDataException("The index is damaged. Restart the daemon: it makes it again from the list files and the store.", e);
        }
    }

    /// <summary>Whether the store has been looked through for a data set, so that what it has is known.</summary>
    public bool IsSurveyed(long dataSetRow)
    {
        using var connection = _index.Connect();
        return connection.ExecuteScalar<bool>("SELECT surveyed FROM datasets WHERE id = @dataSetRow", new { dataSetRow });
    }

    /// <summary>Keeps that the store was looked through.</summary>
    public void MarkSurveyed(long dataSetRow)
    {
        using var connection = _index.Connect();
        connection.Execute("UPDATE datasets SET surveyed = 1 WHERE id = @dataSetRow", new { dataSetRow });
    }

    /// <summary>The length of an unpacked table, or null.</summary>
    public long? UnpackedLength(SpoolKey table)
    {
        try
        {
            using var connection = _index.Connect();
            return connection.ExecuteScalar<long?>("SELECT size FROM unpacked WHERE key = @key", new { key = table.ToString() });
        }
        catch (SqliteException e) when (_index.IsDamage(e))
        {
            return null;
        }
    }

    /// <summary>Keeps the length of an unpacked table.</summary>
    public void KeepUnpackedLength(SpoolKey table, long size)
    {
        try
        {
            using var connection = _index.Connect();
            connection.Execute("INSERT OR REPLACE INTO unpacked(key, size) VALUES(@key, @size)", new { key = table.ToString(), size });
        }
        catch (SqliteException e)
        {
            LogNotWritten(e);
        }
    }

    private List<BlobRecord> Read(long dataSetRow)
    {
        var records = new List<BlobRecord>();
        using var connection = _index.Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT ordinal, size, state, accepted_sha256 FROM blobs WHERE dataset_id = $row";
        command.Parameters.AddWithValue("$row", dataSetRow);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            records.Add(new BlobRecord(
                reader.GetInt32(0), reader.GetInt64(1), (BlobState)reader.GetInt32(2), reader.IsDBNull(3) ? null : (byte[])reader[3]));
        }

        return records;
    }

    /// <summary>Keeps what is known of a blob; completes when it would survive a kill.</summary>
    public Task RecordAsync(long dataSetRow, BlobRecord record)
    {
        var change = new Change(dataSetRow, record, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _changes.Writer.TryWrite(change) ? change.Written.Task : Task.CompletedTask;
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        _index.MarkClean();
    }

    private async Task WriteAsync()
    {
        using var connection = _index.Connect();
        var batch = new List<Change>();
        while (await _changes.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await Task.Delay(Gathering).ConfigureAwait(false);
            while (batch.Count < LargestTransaction && _changes.Reader.TryRead(out var change))
            {
                batch.Add(change);
            }

            try
            {
                Write(connection, batch);
            }
            catch (SqliteException e)
            {
                LogNotWritten(e);
            }

            foreach (var change in batch)
            {
                change.Written.SetResult();
            }

            batch.Clear();
        }
    }

    /// <summary>The index is no truth: what could not be kept is learnt again. Readers must not suffer for it.</summary>
    private void LogNotWritten(SqliteException e)
    {
        _ = _index.IsDamage(e);
        _logger.LogError("The index could not be written (SQLite error {Code}). Is the disk full? It is made again from the store when needed.", e.SqliteErrorCode);
    }

    private static void Write(SqliteConnection connection, List<Change> batch)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            """
            INSERT INTO blobs(dataset_id, ordinal, size, state, accepted_sha256) VALUES($set, $file, $size, $state, $accepted)
            ON CONFLICT DO UPDATE SET size = excluded.size, state = excluded.state, accepted_sha256 = excluded.accepted_sha256
            """;
        var set = command.Parameters.Add("$set", SqliteType.Integer);
        var file = command.Parameters.Add("$file", SqliteType.Integer);
        var size = command.Parameters.Add("$size", SqliteType.Integer);
        var state = command.Parameters.Add("$state", SqliteType.Integer);
        var accepted = command.Parameters.Add("$accepted", SqliteType.Blob);
        // Of several changes of one blob the last says all.
        var last = new Dictionary<(long, int), BlobRecord>();
        batch.ForEach(change => last[(change.DataSetRow, change.Record.File)] = change.Record);
        foreach (var ((row, _), record) in last)
        {
            set.Value = row;
            file.Value = record.File;
            size.Value = record.Size;
            state.Value = (int)record.State;
            accepted.Value = record.AcceptedSha256 ?? (object)DBNull.Value;
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private sealed record Change(long DataSetRow, BlobRecord Record, TaskCompletionSource Written);
}
