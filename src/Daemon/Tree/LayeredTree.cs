using System.Text;
using MimicCxr.Daemon.Cache;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// What a mount shows: the files of a data set (<see cref="DataSetTree"/>), and what its layers add. A node belongs to the layer
/// that its number names, and that alone answers for it; only the directories of the catalogue are shared. A listing of
/// those gives the catalogue's names first, then those of one layer after the other.
/// </summary>
internal sealed class LayeredTree : IBackedFileTree, IDisposable
{
    private readonly DataSetTree _catalogue;
    private readonly CatalogNodes _nodes;
    private readonly ITreeLayer[] _layers; // by number
    private readonly IBackedFileTree[] _owners = new IBackedFileTree[LayerNumber.Limit];
    private IKernelCache? _kernel;

    /// <summary>The tree of a data set, for one mount or one call. Told of what changes until it is disposed.</summary>
    public LayeredTree(OpenDataSet dataSet, BlobCache cache, DirectorySizes directorySizes)
    {
        _nodes = dataSet.Nodes;
        _catalogue = new DataSetTree(_nodes, dataSet.Blobs, cache, directorySizes);
        _layers = [.. dataSet.Layers.OrderBy(layer => layer.Number.Value)];
        // The catalogue's tree has no node of another layer and says so, for layers that are not there.
        Array.Fill(_owners, _catalogue);
        _nodes.Replaced += _catalogue.OnReplaced;
        foreach (var layer in _layers)
        {
            _owners[layer.Number.Value] = layer;
            layer.NameChanged += ForgetName;
        }
    }

    /// <summary>Ends the subscriptions; the tree answers on.</summary>
    public void Dispose()
    {
        _nodes.Replaced -= _catalogue.OnReplaced;
        foreach (var layer in _layers)
        {
            layer.NameChanged -= ForgetName;
        }
    }

    /// <summary>The catalogue's number of a node.</summary>
    /// <returns>False for a node of another layer.</returns>
    public bool TryGetCatalogNode(NodeId node, out int number) => _nodes.TryNode(node, out number);

    /// <summary>Finds a node by its path from the root; leading, trailing and repeated '/' are ignored.</summary>
    public bool TryResolve(string path, out NodeAttributes found)
    {
        TryGetAttributes(NodeId.Root, out found);
        Span<byte> name = stackalloc byte[256];
        foreach (var range in path.AsSpan().Split('/'))
        {
            var part = path.AsSpan(range);
            if (part.IsEmpty || part is ".")
            {
                continue;
            }

            if (!Encoding.UTF8.TryGetBytes(part, name, out var length) || !TryLookup(found.Node, name[..length], out found))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        if (Owner(directory).TryLookup(directory, name, out attributes))
        {
            return true;
        }

        if (LayerNumber.Of(directory) == LayerNumber.Catalogue)
        {
            foreach (var layer in _layers)
            {
                if (layer.TryLookup(directory, name, out attributes))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = Owner(node).TryGetAttributes(node, out attributes);
        if (node == NodeId.Root)
        {
            foreach (var layer in _layers)
            {
                attributes = attributes with { LinkCount = attributes.LinkCount + layer.RootDirectories };
            }
        }

        return known;
    }

    /// <inheritdoc/>
    public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) =>
        Owner(file).GetSizeAsync(file, readFollows, cancellationToken);

    /// <inheritdoc/>
    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        if (LayerNumber.Of(directory) != LayerNumber.Catalogue)
        {
            return Owner(directory).TryReadDirectory(directory, LayerNumber.OwnPosition(position), ref listing);
        }

        // Past the catalogue's last entry it adds none, so a position of a layer is asked of it only to know the directory.
        if (!_catalogue.TryReadDirectory(directory, position, ref listing))
        {
            return false;
        }

        var from = LayerNumber.OfPosition(position).Value;
        foreach (var layer in _layers)
        {
            if (layer.Number.Value >= from && !listing.IsFull)
            {
                layer.TryReadDirectory(directory, layer.Number.Value == from ? LayerNumber.OwnPosition(position) : 0, ref listing);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target) => Owner(link).TryReadLink(link, out target);

    /// <inheritdoc/>
    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) => Owner(file).TryRead(file, offset, destination);

    /// <inheritdoc/>
    public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) =>
        Owner(file).WaitReadableAsync(file, offset, length, cancellationToken);

    /// <inheritdoc/>
    public BackingResult TryGetBacking(NodeId file) => Owner(file).TryGetBacking(file);

    /// <inheritdoc/>
    public ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken) =>
        Owner(file).OpenBackingAsync(file, cancellationToken);

    /// <inheritdoc/>
    public TreeStatistics GetStatistics() => _catalogue.GetStatistics();

    /// <inheritdoc/>
    public void Mounted(IKernelCache kernel)
    {
        Volatile.Write(ref _kernel, kernel);
        _catalogue.Mounted(kernel);
    }

    private IBackedFileTree Owner(NodeId node) => _owners[LayerNumber.Of(node).Value];

    private void ForgetName(NodeId directory, ReadOnlyMemory<byte> name)
    {
        if (Volatile.Read(ref _kernel) is { } kernel)
        {
            kernel.ForgetName(directory, name.Span);
            // A name that was never looked up is not in the kernel's cache, but the listing that lacks or has it may be.
            kernel.ForgetPages(directory);
        }
    }
}
