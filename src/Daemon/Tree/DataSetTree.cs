using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// A data set as a tree: names from the catalogue, bytes from the cache. A node's number is its number in the catalogue
/// plus 1, the same in every run. Where bytes that readers got turned out damaged, the file goes on under another node
/// number (the incarnation, in the upper half below the number of the layer), so that programs which have the file open get
/// errors from then on, and whoever opens it anew the right bytes.
/// </summary>
internal sealed class DataSetTree : IBackedFileTree
{
    private const int IncarnationShift = 32;
    private const uint LargestIncarnation = (1u << 28) - 1;

    private readonly CatalogSnapshot _catalog;
    private readonly DataSetBlobs _blobs;
    private readonly BlobCache _cache;
    private readonly DirectorySizes _directorySizes;
    private readonly long _modified;
    private readonly ReadForecast _forecast = new();
    private readonly Dictionary<int, uint> _incarnations = []; // by node; under itself
    private volatile bool _hasIncarnations;
    private IKernelCache? _kernel;

    public DataSetTree(DataSetDefinition definition, DataSetBlobs blobs, BlobCache cache, DirectorySizes directorySizes)
    {
        _catalog = blobs.Catalog;
        _blobs = blobs;
        _cache = cache;
        _directorySizes = directorySizes;
        _modified = definition.PublishedUnixSeconds;
    }

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        if (!TryNode(directory, out var parent) || !_catalog.TryFindChild(parent, name, out var child))
        {
            return false;
        }

        attributes = Attributes(child);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = TryNode(node, out var index);
        attributes = known ? Attributes(index) with { Node = node } : default;
        return known;
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken)
    {
        var ordinal = RequireFile(file);
        if (_blobs.TryGetSize(ordinal, out var size))
        {
            return size;
        }

        try
        {
            size = readFollows || _forecast.ExpectsRead
                ? await _cache.GetLengthAsync(_blobs.Get(ordinal), cancellationToken).ConfigureAwait(false)
                : await _directorySizes.GetAsync(_blobs, ordinal, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ErrnoMapping.ToFsException(e);
        }

        _forecast.SizeTold(ordinal);
        return size;
    }

    /// <inheritdoc/>
    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        if (!TryNode(directory, out var node) || !_catalog.IsDirectory(node))
        {
            return false;
        }

        var first = _catalog.FirstChild(node);
        for (var i = position; i < (ulong)_catalog.ChildCount(node); i++)
        {
            var child = first + (int)i;
            if (!listing.TryAdd(_catalog.Name(child), Attributes(child), i + 1))
            {
                break;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target)
    {
        target = default;
        return false;
    }

    /// <inheritdoc/>
    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination)
    {
        if (!TryNode(file, out var node) || _catalog.IsDirectory(node))
        {
            return ReadResult.Failed(Errno.InvalidArgument);
        }

        if (!IsCurrent(file, node))
        {
            return ReadResult.Failed(Errno.InputOutput);
        }

        var ordinal = _catalog.FileOf(node);
        _forecast.Reading(ordinal);
        return _cache.TryRead(_blobs.Get(ordinal), offset, destination, out var count) ? ReadResult.Read(count) : ReadResult.Pending;
    }

    /// <inheritdoc/>
    public async ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken)
    {
        try
        {
            await _cache.WaitAsync(_blobs.Get(RequireFile(file)), offset, length, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw ErrnoMapping.ToFsException(e);
        }
    }

    /// <inheritdoc/>
    public BackingResult TryGetBacking(NodeId file)
    {
        if (!TryNode(file, out var node) || _catalog.IsDirectory(node) || !IsCurrent(file, node))
        {
            return BackingResult.None;
        }

        var ordinal = _catalog.FileOf(node);
        _forecast.Reading(ordinal);
        return _cache.TryLease(_blobs.Get(ordinal)) is { } lease ? BackingResult.Leased(new SpoolBacking(lease)) : BackingResult.Pending;
    }

    /// <inheritdoc/>
    public async ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitReadableAsync(file, 0, int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (TryGetBacking(file) is { IsPending: false } here)
            {
                return here.File;
            }
        }
    }

    /// <inheritdoc/>
    public TreeStatistics GetStatistics() => new(_catalog.FileCount, _blobs.Stored.Bytes);

    /// <inheritdoc/>
    public void Mounted(IKernelCache kernel) => Volatile.Write(ref _kernel, kernel);

    private NodeAttributes Attributes(int node)
    {
        var isDirectory = _catalog.IsDirectory(node);
        long size = 0;
        if (!isDirectory && !_blobs.TryGetSize(_catalog.FileOf(node), out size))
        {
            size = NodeAttributes.UnknownSize;
        }

        return new NodeAttributes
        {
            Node = new NodeId(((ulong)Incarnation(node) << IncarnationShift) | ((uint)node + 1)),
            Inode = (uint)node + 1,
            Kind = isDirectory ? NodeKind.Directory : NodeKind.File,
            Size = size,
            ModifiedUnixSeconds = _modified,
            LinkCount = isDirectory ? 2 + _catalog.SubdirectoryCount(node) : 1,
        };
    }

    /// <summary>The catalogue's number of a node.</summary>
    /// <returns>False when the catalogue has no such node.</returns>
    internal bool TryNode(NodeId id, out int node)
    {
        node = NodeOf(id);
        return (uint)node < (uint)_catalog.NodeCount && LayerNumber.Of(id) == LayerNumber.Catalogue;
    }

    /// <summary>The catalogue's number of a node that is known to be the catalogue's.</summary>
    internal static int NodeOf(NodeId id) => (int)((uint)id.Value - 1);

    private int RequireFile(NodeId id) => TryNode(id, out var node) && !_catalog.IsDirectory(node) && IsCurrent(id, node)
        ? _catalog.FileOf(node)
        : throw new FsException(Errno.InputOutput, "Not a file of this tree, or one that was replaced.");

    private bool IsCurrent(NodeId id, int node) => (uint)(id.Value >> IncarnationShift) == Incarnation(node);

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

    /// <summary>A file has another blob: under another node number from now on. For <see cref="DataSetBlobs.Replaced"/>.</summary>
    internal void OnReplaced(int file)
    {
        var node = _catalog.NodeOf(file);
        NodeId old;
        lock (_incarnations)
        {
            var incarnation = _incarnations.GetValueOrDefault(node);
            old = new NodeId(((ulong)incarnation << IncarnationShift) | ((uint)node + 1));
            _incarnations[node] = incarnation == LargestIncarnation ? 0 : incarnation + 1;
            _hasIncarnations = true;
        }

        if (Volatile.Read(ref _kernel) is { } kernel)
        {
            kernel.ForgetName(new NodeId((uint)_catalog.Parent(node) + 1), _catalog.Name(node));
            kernel.ForgetPages(old);
        }
    }
}
