using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// The nodes of a catalogue, the same for all trees of a data set. A node's number is its number in the catalogue plus 1, the same
/// in every run. Where bytes that readers got turned out damaged, the file goes on under another node number (the
/// incarnation, in the upper half below the number of the layer), so that programs which have the file open get errors from
/// then on, and whoever opens it anew the right bytes.
/// </summary>
internal sealed class CatalogNodes
{
    private const int IncarnationShift = 32;
    private const uint LargestIncarnation = (1u << 28) - 1;

    private readonly CatalogSnapshot _catalog;
    private readonly DataSetBlobs _blobs;
    private readonly Dictionary<int, uint> _incarnations = []; // by node; under itself
    private volatile bool _hasIncarnations;

    public CatalogNodes(DataSetDefinition definition, DataSetBlobs blobs)
    {
        (_catalog, _blobs, ModifiedUnixSeconds) = (blobs.Catalog, blobs, definition.PublishedUnixSeconds);
        blobs.Replaced += Replace;
    }

    /// <summary>A file goes on under another number: the catalogue's number of it, and the node that it was.</summary>
    public event Action<int, NodeId>? Replaced;

    /// <summary>The time of every file and directory.</summary>
    public long ModifiedUnixSeconds { get; }

    /// <summary>The catalogue's number of a node.</summary>
    /// <returns>False when the catalogue has no such node.</returns>
    public bool TryNode(NodeId id, out int node)
    {
        node = NodeOf(id);
        return (uint)node < (uint)_catalog.NodeCount && LayerNumber.Of(id) == LayerNumber.Catalogue;
    }

    /// <summary>The catalogue's number of a node that is known to be the catalogue's.</summary>
    public static int NodeOf(NodeId id) => (int)((uint)id.Value - 1);

    /// <summary>The node of a directory, which never has another number.</summary>
    public static NodeId DirectoryOf(int node) => new((uint)node + 1);

    /// <summary>Whether a node stands for the bytes that its file has now.</summary>
    public bool IsCurrent(NodeId id, int node) => (uint)(id.Value >> IncarnationShift) == Incarnation(node);

    /// <summary>The attributes of a node, by its number in the catalogue.</summary>
    public NodeAttributes Attributes(int node)
    {
        var isDirectory = _catalog.IsDirectory(node);
        long size = 0;
        if (!isDirectory && !_blobs.TryGetSize(_catalog.FileOf(node), out size))
        {
            size = NodeAttributes.UnknownSize;
        }

        return new NodeAttributes
        {
            Node = Id(node, Incarnation(node)),
            Inode = (uint)node + 1,
            Kind = isDirectory ? NodeKind.Directory : NodeKind.File,
            Size = size,
            ModifiedUnixSeconds = ModifiedUnixSeconds,
            LinkCount = isDirectory ? 2 + _catalog.SubdirectoryCount(node) : 1,
        };
    }

    private static NodeId Id(int node, uint incarnation) => new(((ulong)incarnation << IncarnationShift) | ((uint)node + 1));

    private uint Incarnation(int node)
    {
        if (!_hasIncarnations)
        {
            return 0;
        }

        lock (_incarnations)
        {
            return _incarnations.GetValueOrDefault(node);
        }
    }

    private void Replace(int file)
    {
        var node = _catalog.NodeOf(file);
        uint incarnation;
        lock (_incarnations)
        {
            incarnation = _incarnations.GetValueOrDefault(node);
            _incarnations[node] = incarnation == LargestIncarnation ? 0 : incarnation + 1;
            _hasIncarnations = true;
        }

        Replaced?.Invoke(node, Id(node, incarnation));
    }
}
