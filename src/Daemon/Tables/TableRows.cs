using System.Buffers.Text;
using System.IO.Compression;
using CsvHelper;

namespace MimicCxr.Daemon.Tables;

/// <summary>The rows of one table, read as they arrive: columns by the names of the header, fields as bytes.</summary>
internal sealed class TableRows : IAsyncDisposable
{
    /// <summary>Bytes of a row; what has more is no table of this kind.</summary>
    private const int LongestRow = 1 << 16;

    private readonly string _name;
    private readonly CsvReader _csv;

    private TableRows(string name, CsvReader csv) => (_name, _csv) = (name, csv);

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Header { get; private set; } = [];

    /// <summary>Whether the current row has the header's number of fields.</summary>
    public bool IsWhole => _csv.FieldCount == Header.Count;

    /// <summary>Begins to read a table, gzip where the name says so.</summary>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="bytes">Read asynchronously only; closed at the end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">It is no table.</exception>
    public static async Task<TableRows> OpenAsync(string name, Stream bytes, CancellationToken cancellationToken)
    {
        var plain = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        // Told, not detected: a table of one column would pass for another kind.
        var csv = CsvReader.Create(plain, new CsvReaderOptions { Separator = ',', MaxRecordSize = LongestRow, IncludeValuesInExceptions = false });
        var rows = new TableRows(name, csv);
        try
        {
            await csv.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
            rows.Header = [.. csv.Headers];
            return rows;
        }
        catch (Exception e)
        {
            await rows.DisposeAsync().ConfigureAwait(false);
            if (IsDamage(e))
            {
                throw rows.NoTable(e);
            }

            throw;
        }
    }

    /// <summary>The number of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public int Column(string name)
    {
        for (var i = 0; i < Header.Count; i++)
        {
            if (Header[i] == name)
            {
                return i;
            }
        }

        throw new InvalidDataException($"The table {_name} has no column {name}. Is it the one of this release?");
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The rest is no table.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _csv.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw NoTable(e);
        }
    }

    /// <summary>A field of the current row, valid until the next.</summary>
    public ReadOnlySpan<byte> Field(int column) => _csv.GetSpan(column);

    /// <summary>A field that is a whole number.</summary>
    public bool TryReadNumber(int column, out int number)
    {
        var field = Field(column);
        return Utf8Parser.TryParse(field, out number, out var read) && read == field.Length;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _csv.DisposeAsync();

    private static bool IsDamage(Exception e) => e is CsvFormatException or InvalidDataException;

    private InvalidDataException NoTable(Exception e) => new($"{_name} cannot be read as a table: it is damaged, or not what its name says.", e);
}
