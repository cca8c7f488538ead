using System.Collections.Concurrent;
using System.Text;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// The data sets of this daemon: loaded when first asked for, from the index, or imported from the list files. A load
/// that failed is tried again by the next who asks.
/// </summary>
internal sealed class DataSets(
    CatalogDatabase catalogs,
    CacheIndex index,
    Spool spool,
    BlobCache cache,
    StoreSurvey survey,
    MismatchPolicy onMismatch,
    Func<DataSetDefinition, DataSetBlobs, CatalogNodes, IReadOnlyList<ITreeLayer>> layersOf,
    TimeProvider time,
    CancellationToken stopping)
{
    private readonly ConcurrentDictionary<DataSetId, Lazy<Task<OpenDataSet>>> _open = new();

    /// <summary>Those that are loaded.</summary>
    public IEnumerable<OpenDataSet> Loaded => _open.Values
        .Where(load => load is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        .Select(load => load.Value.Result);

    /// <summary>The checksum of the list that a data set was imported from; empty where it is not loaded, or its list has none.</summary>
    public ReadOnlyMemory<byte> ListSha256(DataSetDefinition definition) =>
        _open.TryGetValue(definition.Id, out var load) && load is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }
            && load.Value.Result.Blobs.Catalog is var catalog && catalog.TryFindChild(0, Encoding.UTF8.GetBytes(definition.List), out var list)
            ? catalog.Sha256(catalog.FileOf(list)).ToArray()
            : default;

    /// <summary>Loads a data set, or waits for the load that is under way.</summary>
    /// <exception cref="OriginException">The lists cannot be had.</exception>
    /// <exception cref="InvalidDataException">The lists are none.</exception>
    public async Task<OpenDataSet> OpenAsync(DataSetDefinition definition, CancellationToken cancellationToken)
    {
        var load = _open.GetOrAdd(definition.Id, _ => new Lazy<Task<OpenDataSet>>(() => Task.Run(() => LoadOrForgetAsync(definition), stopping)));
        return await load.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Loads what was imported before, which needs no network: so a first mount is quick, and uploads that the last run left
    /// go on without waiting for one. And what the store has the list of, though the index does not know it: the index was lost.
    /// </summary>
    public async Task OpenKnownAsync()
    {
        var known = catalogs.Known().Select(id => DataSetDefinition.Find(id)).OfType<DataSetDefinition>().ToList();
        await Task.WhenAll(known.Select(definition => OpenAsync(definition, stopping))).ConfigureAwait(false);
        foreach (var definition in DataSetDefinition.All.Except(known))
        {
            if (await survey.HasListAsync(definition, stopping).ConfigureAwait(false))
            {
                await OpenAsync(definition, stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Loads; a load that fails is forgotten before it has ended, whether or not somebody still waits for it.</summary>
    private async Task<OpenDataSet> LoadOrForgetAsync(DataSetDefinition definition)
    {
        try
        {
            return await LoadAsync(definition).ConfigureAwait(false);
        }
        catch
        {
            _open.TryRemove(definition.Id, out _);
            throw;
        }
    }

    private async Task<OpenDataSet> LoadAsync(DataSetDefinition definition)
    {
        var started = time.GetTimestamp();
        var catalog = catalogs.Load(definition.Id) ?? await ImportAsync(definition).ConfigureAwait(false);
        var blobs = new DataSetBlobs(definition.Id, catalog, spool, index, onMismatch);
        survey.Begin(blobs);
        _ = Task.Run(() => cache.RecoverUploads(blobs), stopping);
        var nodes = new CatalogNodes(definition, blobs);
        return new OpenDataSet(definition, blobs, nodes, layersOf(definition, blobs, nodes), time.GetElapsedTime(started));
    }

    private async Task<StoredCatalog> ImportAsync(DataSetDefinition definition)
    {
        var catalog = catalogs.Save(
            definition.Id, await CatalogImport.RunAsync(definition, (name, token) => OpenListFileAsync(definition.Id, name, token), stopping).ConfigureAwait(false));
        // An import leaves 100 MB of large arrays behind that nothing else would make the collector look at for hours. From a
        // stack of its own: the one that finished the import still holds them.
        await Task.Yield();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return catalog;
    }

    /// <summary>
    /// Opens a list file before there is a catalogue: through the cache all the same, so that it is fetched once, kept like any
    /// file, and found in the spool or the store when the index has to be made again.
    /// </summary>
    private async Task<Stream> OpenListFileAsync(DataSetId dataSet, string name, CancellationToken cancellationToken)
    {
        var list = new PathList();
        list.Add(Encoding.UTF8.GetBytes(name), default);
        var blob = new DataSetBlobs(dataSet, CatalogBuilder.Build(list), spool).Get(0);
        try
        {
            await cache.GetLengthAsync(blob, cancellationToken).ConfigureAwait(false);
        }
        catch (OriginException e) when (e.Error == OriginError.NotFound)
        {
            throw new FileNotFoundException(e.Message, e);
        }

        return new BlobStream(cache, blob);
    }
}
