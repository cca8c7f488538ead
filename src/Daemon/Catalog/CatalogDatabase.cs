using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Sqlite;

namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// Catalogues in the index, written once after the import; and beside it each as a <see cref="CatalogFile"/>, which is
/// what a start reads, and which is made again from the index when it is missing or damaged.
/// </summary>
internal sealed class CatalogDatabase(IndexDatabase index, string directory, ILogger logger)
{
    /// <summary>The data sets that have a catalogue here.</summary>
    public IReadOnlyList<DataSetId> Known()
    {
        using var connection = index.Connect();
        return [.. connection.Query<string>("SELECT name FROM datasets").Select(name => DataSetId.TryParse(name, out var id) ? id : null).OfType<DataSetId>()];
    }

    /// <summary>Reads a catalogue that was imported before.</summary>
    /// <returns>Null when there is none, or it is not what was written.</returns>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public StoredCatalog? Load(DataSetId dataSet)
    {
        try
        {
            return Read(dataSet);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidCastException)
        {
            // Rows that cannot even be a catalogue: as good as a wrong fingerprint.
            return null;
        }
        catch (SqliteException e) when (index.IsDamage(e))
        {
            throw new InvalidDataException("The index is damaged. Restart the daemon: it makes it again from the list files and the store.", e);
        }
    }

    /// <summary>Writes a catalogue, in one transaction, in place of an earlier one of the same data set.</summary>
    public StoredCatalog Save(DataSetId dataSet, ImportedCatalog imported)
    {
        var snapshot = imported.Snapshot;
        using var connection = index.Connect();
        using var transaction = connection.BeginTransaction();
        var name = dataSet.ToString();
        connection.Execute(
            """
            DELETE FROM files WHERE dataset_id = (SELECT id FROM datasets WHERE name = @name);
            DELETE FROM blobs WHERE dataset_id = (SELECT id FROM datasets WHERE name = @name);
            DELETE FROM datasets WHERE name = @name;
            """,
            new { name },
            transaction);
        var id = connection.ExecuteScalar<long>(
            "INSERT INTO datasets(name, fingerprint, files) VALUES(@name, @fingerprint, @files) RETURNING id",
            new { name, fingerprint = snapshot.Fingerprint.ToArray(), files = snapshot.FileCount },
            transaction);
        InsertFiles(connection, transaction, id, snapshot);
        InsertLengths(connection, transaction, id, imported.Lengths);
        transaction.Commit();
        WriteFile(dataSet, snapshot);
        return new StoredCatalog(id, snapshot);
    }

    private StoredCatalog? Read(DataSetId dataSet)
    {
        using var connection = index.Connect();
        var row = connection.QuerySingleOrDefault<(long Id, byte[] Fingerprint, long Files)?>(
            "SELECT id, fingerprint, files FROM datasets WHERE name = @name", new { name = dataSet.ToString() });
        if (row is not { } known)
        {
            return null;
        }

        if (CatalogFile.TryRead(FileOf(dataSet)) is { } arrays && arrays.Fingerprint.AsSpan().SequenceEqual(known.Fingerprint))
        {
            return new StoredCatalog(known.Id, new CatalogSnapshot(arrays));
        }

        var files = new PathList();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT path, sha256 FROM files WHERE dataset_id = $id ORDER BY ordinal";
        command.Parameters.AddWithValue("$id", known.Id);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            files.Add((byte[])reader[0], reader.IsDBNull(1) ? default : (byte[])reader[1]);
        }

        if (files.Count != known.Files)
        {
            return null;
        }

        var snapshot = CatalogBuilder.Build(files);
        if (!snapshot.Fingerprint.Span.SequenceEqual(known.Fingerprint))
        {
            return null;
        }

        WriteFile(dataSet, snapshot);
        return new StoredCatalog(known.Id, snapshot);
    }

    private string FileOf(DataSetId dataSet) => Path.Combine(directory, $"{dataSet.Slug}-{dataSet.Version}.catalog");

    private void WriteFile(DataSetId dataSet, CatalogSnapshot snapshot)
    {
        try
        {
            Directory.CreateDirectory(directory);
            CatalogFile.Write(FileOf(dataSet), snapshot.Arrays);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The catalogue's file could not be written ({Kind}); starts are slower without it.", e.GetType().Name);
        }
    }

    private static void InsertFiles(SqliteConnection connection, SqliteTransaction transaction, long id, CatalogSnapshot snapshot)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO files(dataset_id, ordinal, path, sha256) VALUES($id, $ordinal, $path, $sha256)";
        command.Parameters.AddWithValue("$id", id);
        var ordinal = command.Parameters.Add("$ordinal", SqliteType.Integer);
        var path = command.Parameters.Add("$path", SqliteType.Blob);
        var sha256 = command.Parameters.Add("$sha256", SqliteType.Blob);
        for (var file = 0; file < snapshot.FileCount; file++)
        {
            var node = snapshot.NodeOf(file);
            var bytes = new byte[snapshot.PathLength(node)];
            snapshot.WritePath(node, bytes);
            ordinal.Value = file;
            path.Value = bytes;
            sha256.Value = snapshot.Sha256(file) is { IsEmpty: false } hash ? hash.ToArray() : DBNull.Value;
            command.ExecuteNonQuery();
        }
    }

    /// <summary>As the first that is known of the blobs.</summary>
    private static void InsertLengths(SqliteConnection connection, SqliteTransaction transaction, long id, long[] lengths)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO blobs(dataset_id, ordinal, size, state) VALUES($id, $ordinal, $size, 0)";
        command.Parameters.AddWithValue("$id", id);
        var ordinal = command.Parameters.Add("$ordinal", SqliteType.Integer);
        var size = command.Parameters.Add("$size", SqliteType.Integer);
        for (var file = 0; file < lengths.Length; file++)
        {
            if (lengths[file] != PathList.UnknownLength)
            {
                (ordinal.Value, size.Value) = (file, lengths[file]);
                command.ExecuteNonQuery();
            }
        }
    }
}
