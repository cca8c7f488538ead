using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tree;

/// <summary>A data set that is loaded.</summary>
/// <param name="Definition">What is known of it beforehand.</param>
/// <param name="Blobs">Its catalogue and blobs.</param>
/// <param name="Layers">What its tree shows beside the catalogue.</param>
/// <param name="LoadedIn">How long loading took, the import from the list files included where it was needed.</param>
internal sealed record OpenDataSet(DataSetDefinition Definition, DataSetBlobs Blobs, IReadOnlyList<ITreeLayer> Layers, TimeSpan LoadedIn);
