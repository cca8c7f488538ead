using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>
/// The joined tables of each data set: read when first asked for, from the list files in the cache, then kept in memory, and in a file for the
/// next start. One that failed is tried again by the next who asks.
/// </summary>
/// <param name="open">Loads a data set.</param>
/// <param name="cache">Where the tables' bytes come from.</param>
/// <param name="directory">Where joined tables are kept.</param>
/// <param name="logger">Is told of rows that were left out.</param>
/// <param name="stopping">The end of the daemon.</param>
internal sealed class ImageTables(
    Func<DataSetDefinition, CancellationToken, Task<DataSetBlobs>> open, BlobCache cache, string directory, ILogger logger, CancellationToken stopping)
{
    private readonly ConcurrentDictionary<DataSetId, Lazy<Task<ImageTable>>> _tables = new();

    /// <summary>The tables of a data set.</summary>
    /// <exception cref="InvalidDataException">One is no table, or lacks a column.</exception>
    /// <exception cref="Origin.OriginException">They cannot be had.</exception>
    public async Task<ImageTable> OpenAsync(DataSetDefinition definition, CancellationToken cancellationToken)
    {
        // Whoever leaves does not end what others wait for.
        var load = _tables.GetOrAdd(definition.Id, _ => new Lazy<Task<ImageTable>>(() => Task.Run(() => LoadOrForgetAsync(definition), stopping)));
        return await load.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<ImageTable> LoadOrForgetAsync(DataSetDefinition definition)
    {
        try
        {
            var blobs = await open(definition, stopping).ConfigureAwait(false);
            var source = await open(TableNames.SourceOf(definition), stopping).ConfigureAwait(false);
            if (ImageTableFile.TryRead(FileOf(definition.Id), blobs.Catalog, source.Catalog.Fingerprint.Span) is { } kept)
            {
                return kept;
            }

            var images = await TableImport.RunAsync(blobs.Catalog, name => OpenTable(source, name), stopping).ConfigureAwait(false);
            foreach (var report in images.Reports.Where(report => report.Foreign + report.Malformed > 0))
            {
                logger.LogWarning(
                    "{Table}: of {Rows} rows {Foreign} name no image of {DataSet}, {Malformed} are malformed; they were left out.",
                    report.File, report.Rows, report.Foreign, definition.Id, report.Malformed);
            }

            Keep(images, definition.Id, source.Catalog);
            return images;
        }
        catch
        {
            _tables.TryRemove(definition.Id, out _);
            throw;
        }
    }

    private string FileOf(DataSetId dataSet) => Path.Combine(directory, $"{dataSet.Slug}-{dataSet.Version}.tables");

    private void Keep(ImageTable images, DataSetId dataSet, CatalogSnapshot source)
    {
        try
        {
            Directory.CreateDirectory(directory);
            ImageTableFile.Write(FileOf(dataSet), images, source.Fingerprint.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The file of the joined tables could not be written ({Kind}); they are joined anew after each start.", e.GetType().Name);
        }
    }

    private BlobStream? OpenTable(DataSetBlobs source, string name) =>
        source.Catalog.TryFindChild(0, Encoding.UTF8.GetBytes(name), out var node) && !source.Catalog.IsDirectory(node)
            ? new BlobStream(cache, source.Get(source.Catalog.FileOf(node)))
            : null;
}
