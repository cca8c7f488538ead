using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tree;

/// <summary>A data set that is loaded.</summary>
/// <param name="Definition">What is known of it beforehand.</param>
/// <param name="Blobs">Its catalogue and blobs.</param>
/// <param name="Nodes">The nodes of its catalogue.</param>
/// <param name="Layers">What its tree shows beside the catalogue.</param>
/// <param name="LoadedIn">How long loading took, the import from the list files included where it was needed.</param>
internal sealed record OpenDataSet(
    DataSetDefinition Definition, DataSetBlobs Blobs, CatalogNodes Nodes, IReadOnlyList<ITreeLayer> Layers, TimeSpan LoadedIn)
{
    /// <summary>Lets its tree show what the index has by now.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => Task.WhenAll(Layers.Select(layer => layer.RefreshAsync(cancellationToken)));

    /// <summary>Prepares the layers; see <see cref="ITreeLayer.PrepareAsync"/>.</summary>
    public Task PrepareAsync(bool again, CancellationToken cancellationToken) =>
        Task.WhenAll(Layers.Select(layer => layer.PrepareAsync(again, cancellationToken)));
}
