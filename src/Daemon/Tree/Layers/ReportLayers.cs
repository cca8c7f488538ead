using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// The reports of the data sets: mimic-cxr of a version has them in an archive, for itself and for mimic-cxr-jpg of that version.
/// </summary>
/// <param name="usual">Where mounts show them unless they are told otherwise.</param>
/// <param name="origin">Where the archives are.</param>
/// <param name="cache">Has an archive whole, once reports from all over it are read.</param>
/// <param name="unpacker">Makes a zip of an archive that cannot be read from its middle.</param>
/// <param name="load">Loads a data set; ends in <see cref="For"/>.</param>
/// <param name="folder">Keeps the directories of archives.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what failed.</param>
/// <param name="stopping">Ends requests that nobody may wait for any more.</param>
internal sealed class ReportLayers(
    ReportPlaces usual,
    IOrigin origin,
    BlobCache cache,
    Unpacker unpacker,
    Func<DataSetDefinition, CancellationToken, Task> load,
    string folder,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
{
    /// <summary>The archive's name in its data set.</summary>
    public const string Name = "mimic-cxr-reports.zip";

    /// <summary>The archive's name in releases without that one.</summary>
    public const string PackedName = "mimic-cxr-reports.tar.gz";

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
                archive.Files.Blobs = blobs;
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
        var files = new OwnerFiles(owner, load);
        var forms = new ArchiveForms(origin, cache, unpacker, new ArchiveFile(files, Name), new ArchiveFile(files, PackedName));
        var reports = new ReportArchive(forms, Path.Combine(folder, $"{owner.Slug}-{owner.Version}-reports"), time, logger, stopping);
        return new Archive(files, reports);
    }

    private sealed record Archive(OwnerFiles Files, ReportArchive Reports);

    /// <summary>The data set that has the archive.</summary>
    private sealed class OwnerFiles(DataSetId owner, Func<DataSetDefinition, CancellationToken, Task> load)
    {
        private volatile DataSetBlobs? _blobs;

        public DataSetId Owner => owner;

        /// <summary>Its files, once it was loaded.</summary>
        public DataSetBlobs? Blobs
        {
            get => _blobs;
            set => _blobs = value;
        }

        public Task LoadAsync(CancellationToken cancellationToken) =>
            _blobs is null && DataSetDefinition.Find(owner) is { } definition ? load(definition, cancellationToken) : Task.CompletedTask;
    }

    private sealed class ArchiveFile(OwnerFiles files, string name) : IArchiveFile
    {
        public string Path { get; } = $"{files.Owner}/{name}";

        public Blob? Find() => files.Blobs is { } blobs && blobs.TryFindFile(Path, out var file) ? blobs.Get(file) : null;

        public async Task<Blob?> LoadAsync(CancellationToken cancellationToken)
        {
            await files.LoadAsync(cancellationToken).ConfigureAwait(false);
            return Find();
        }
    }
}
