using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// The reports of the data sets: mimic-cxr of a version has them in an archive, for itself and for mimic-cxr-jpg of that version.
/// </summary>
/// <param name="usual">Where mounts show them unless they are told otherwise.</param>
/// <param name="origin">Where the archives are.</param>
/// <param name="cache">Has an archive whole, once reports from all over it are read.</param>
/// <param name="load">Loads a data set; ends in <see cref="For"/>.</param>
/// <param name="folder">Keeps the directories of archives.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what failed.</param>
/// <param name="stopping">Ends requests that nobody may wait for any more.</param>
internal sealed class ReportLayers(
    ReportPlaces usual,
    IOrigin origin,
    BlobCache cache,
    Func<DataSetDefinition, CancellationToken, Task> load,
    string folder,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
{
    /// <summary>The archive's name in its data set.</summary>
    public const string Name = "mimic-cxr-reports.zip";

    private const string Slug = "mimic-cxr";

    private readonly Lock _lock = new();
    private readonly Dictionary<DataSetId, Archive> _archives = []; // under _lock; by the data set that has it
    private readonly Dictionary<(DataSetId DataSet, ReportPlaces Places), ReportFiles> _layers = []; // under _lock

    /// <summary>Which data set has the archive of reports for a data set; maybe itself, or one that does not exist.</summary>
    public static DataSetId OwnerFor(DataSetId dataSet) => new(Slug, dataSet.Version);

    /// <summary>What the tree of a data set that was loaded shows of reports.</summary>
    public ReportFiles For(DataSetDefinition definition, DataSetBlobs blobs) => Find(definition, blobs, usual);

    /// <summary>A data set with its reports in other places.</summary>
    public OpenDataSet Place(OpenDataSet dataSet, ReportPlaces places) =>
        dataSet with { Layers = [.. dataSet.Layers.Where(layer => layer is not ReportFiles), Find(dataSet.Definition, dataSet.Blobs, places)] };

    private ReportFiles Find(DataSetDefinition definition, DataSetBlobs blobs, ReportPlaces places)
    {
        var owner = OwnerFor(definition.Id);
        lock (_lock)
        {
            if (!_archives.TryGetValue(owner, out var archive))
            {
                _archives[owner] = archive = NewArchive(owner);
            }

            if (definition.Id == owner)
            {
                archive.File.Blobs = blobs;
            }

            if (!_layers.TryGetValue((definition.Id, places), out var layer))
            {
                _layers[(definition.Id, places)] = layer = new ReportFiles(definition, blobs.Catalog, archive.Reports, places, time);
            }

            return layer;
        }
    }

    private Archive NewArchive(DataSetId owner)
    {
        var file = new ArchiveFile(owner, load);
        var reports = new ReportArchive(
            version => new CachedArchive(origin, file.Path, version, cache, file),
            Path.Combine(folder, $"{owner.Slug}-{owner.Version}-reports"),
            time,
            logger,
            stopping);
        return new Archive(file, reports);
    }

    private sealed record Archive(ArchiveFile File, ReportArchive Reports);

    private sealed class ArchiveFile(DataSetId owner, Func<DataSetDefinition, CancellationToken, Task> load) : IArchiveFile
    {
        private volatile DataSetBlobs? _blobs;

        /// <summary>The data set, once it was loaded.</summary>
        public DataSetBlobs? Blobs
        {
            set => _blobs = value;
        }

        public string Path { get; } = $"{owner}/{Name}";

        public Blob? Find() => _blobs is { } blobs && blobs.TryFindFile(Path, out var file) ? blobs.Get(file) : null;

        public async Task<Blob?> LoadAsync(CancellationToken cancellationToken)
        {
            if (_blobs is null && DataSetDefinition.Find(owner) is { } definition)
            {
                await load(definition, cancellationToken).ConfigureAwait(false);
            }

            return Find();
        }
    }
}
