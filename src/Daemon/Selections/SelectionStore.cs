using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>
/// Selections in the index: the query, and what it found as a bit a file. So a selection stays what it was, and can be used without
/// the tables. Its bits belong to the catalogue of its time, as those of a job do.
/// </summary>
internal sealed class SelectionStore(IndexDatabase index, TimeProvider time)
{
    private const int Full = 13; // SQLITE_FULL (sqlite3.h)
    private const int LongestName = 100;
    private const string Columns = "id, name, query, images, studies, patients, created";

    /// <summary>All selections of a data set, by name.</summary>
    public List<Selection> All(DataSetId dataSet) => Read(connection => connection.Query<Row>(
        $"SELECT {Columns} FROM selections WHERE dataset = @dataSet ORDER BY name", new { dataSet = dataSet.ToString() }).Select(row => row.ToSelection(dataSet)).ToList());

    /// <summary>A selection by its name, or null.</summary>
    public Selection? Find(DataSetId dataSet, string name) => Read(connection => connection.QuerySingleOrDefault<Row>(
        $"SELECT {Columns} FROM selections WHERE dataset = @dataSet AND name = @name", new { dataSet = dataSet.ToString(), name })?.ToSelection(dataSet));

    /// <summary>The files of a selection; null when there is none of that name.</summary>
    /// <exception cref="InvalidDataException">The data set's lists have changed since.</exception>
    public FileSet? Files(DataSetId dataSet, CatalogSnapshot catalog, string name)
    {
        var row = Read(connection => connection.QuerySingleOrDefault<(byte[] Fingerprint, byte[] Files)?>(
            "SELECT fingerprint, files FROM selections WHERE dataset = @dataSet AND name = @name", new { dataSet = dataSet.ToString(), name }));
        return row is not { } found ? null
            : catalog.Fingerprint.Span.SequenceEqual(found.Fingerprint) ? new FileSet(found.Files)
            : throw new InvalidDataException(
                $"The selection '{name}' was made when {dataSet} listed other files. Delete it, and create it again.");
    }

    /// <summary>Answers a query over a data set.</summary>
    /// <param name="dataSet">The data set.</param>
    /// <param name="images">Its images.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="within">The files to choose from; null for all.</param>
    /// <returns>Images, in path order.</returns>
    /// <exception cref="ArgumentException">The query cannot be answered.</exception>
    public List<int> Run(DataSetId dataSet, ImageTable images, ImageQuery query, FileSet? within = null)
    {
        var minus = query.Minus.Select(name => Files(dataSet, images.Catalog, name)
            ?? throw new ArgumentException($"There is no selection '{name}' that could be subtracted; 'mimic-cxr select list' shows those that there are.")).ToArray();
        return QueryRun.Run(images, query, file => (within is null || within.Contains(file)) && !Array.Exists(minus, files => files.Contains(file)));
    }

    /// <summary>Makes and keeps a selection; on return it survives a kill.</summary>
    /// <returns>Null when there is one of that name.</returns>
    /// <exception cref="ArgumentException">The name is none, the query cannot be answered, or it finds nothing.</exception>
    /// <exception cref="CacheException">The index cannot be written.</exception>
    public Selection? Create(DataSetId dataSet, ImageTable images, string name, ImageQuery query)
    {
        CheckName(name);
        var found = Run(dataSet, images, query);
        if (found.Count == 0)
        {
            throw new ArgumentException($"No image of {dataSet} fits, so the selection '{name}' was not made.");
        }

        var files = new FileSet(images.Catalog.FileCount);
        found.ForEach(image => files.Add(images.Files[image]));
        var studies = found.Select(image => images.Studies[image]).Distinct().Count();
        var patients = found.Select(image => images.Subjects[image]).Distinct().Count();
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var id = Write(connection => connection.ExecuteScalar<long?>(
            """
            INSERT INTO selections(dataset, name, fingerprint, query, files, images, studies, patients, created)
            VALUES(@dataset, @name, @fingerprint, @query, @bits, @images, @studies, @patients, @created)
            ON CONFLICT(dataset, name) DO NOTHING RETURNING id
            """,
            new
            {
                dataset = dataSet.ToString(),
                name,
                fingerprint = images.Catalog.Fingerprint.ToArray(),
                query = JsonSerializer.Serialize(query, SelectionJson.Default.ImageQuery),
                bits = files.Bits,
                images = found.Count,
                studies,
                patients,
                created = now.ToUnixTimeSeconds(),
            }));
        return id is { } given ? new Selection(given, dataSet, name, query, found.Count, studies, patients, now) : null;
    }

    /// <summary>Forgets a selection. Those that it was subtracted from stay what they are.</summary>
    /// <returns>False when there is none of that name.</returns>
    /// <exception cref="CacheException">The index cannot be written.</exception>
    public bool Delete(DataSetId dataSet, string name) => Write(connection => connection.Execute(
        "DELETE FROM selections WHERE dataset = @dataSet AND name = @name", new { dataSet = dataSet.ToString(), name })) > 0;

    /// <summary>A name is the name of a folder in the mount, and a word of a command line.</summary>
    private static void CheckName(string name)
    {
        if (name.Length is 0 or > LongestName || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new ArgumentException(
                $"'{name}' cannot be the name of a selection: up to {LongestName} letters, digits, '-', '_' and '.' are possible, the first one a letter or digit.");
        }
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        try
        {
            using var connection = index.Connect();
            return read(connection);
        }
        catch (SqliteException e) when (index.IsDamage(e))
        {
            throw new InvalidDataException("The index is damaged. Restart the daemon: it makes it again from the list files and the store; selections are lost.", e);
        }
    }

    private T Write<T>(Func<SqliteConnection, T> write)
    {
        try
        {
            using var connection = index.Connect();
            return write(connection);
        }
        catch (SqliteException e)
        {
            throw new CacheException(
                e.SqliteErrorCode == Full ? CacheError.NoRoom : CacheError.DiskFailed,
                $"The selection cannot be kept or deleted: the index cannot be written (SQLite error {e.SqliteErrorCode}). Is the disk of the state directory full?",
                e);
        }
    }

    private sealed record Row
    {
        public long Id { get; init; }

        public string Name { get; init; } = "";

        public string Query { get; init; } = "";

        public long Images { get; init; }

        public long Studies { get; init; }

        public long Patients { get; init; }

        public long Created { get; init; }

        public Selection ToSelection(DataSetId dataSet) => new(
            Id, dataSet, Name, JsonSerializer.Deserialize(Query, SelectionJson.Default.ImageQuery)!, Images, Studies, Patients, DateTimeOffset.FromUnixTimeSeconds(Created));
    }
}
