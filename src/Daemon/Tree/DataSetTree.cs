using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// A data set as a tree, for one mount or one call: names from the catalogue (<see cref="CatalogNodes"/>), bytes from the cache.
/// </summary>
internal sealed class DataSetTree : IBackedFileTree
{
    private readonly CatalogNodes _nodes;
    private readonly CatalogSnapshot _catalog;
    private readonly DataSetBlobs _blobs;
    private readonly BlobCache _cache;
    private readonly DirectorySizes _directorySizes;
    private readonly ReadForecast _forecast = new();
    private IKernelCache? _kernel;

    public DataSetTree(CatalogNodes nodes, DataSetBlobs blobs, BlobCache cache, DirectorySizes directorySizes)
    {
        _nodes = nodes;
        _catalog = blobs.Catalog;
        _blobs = blobs;
        _cache = cache;
        _directorySizes = directorySizes;
    }

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        if (!_nodes.TryNode(directory, out var parent) || !_catalog.TryFindChild(parent, name, out var child))
        {
            return false;
        }

        attributes = _nodes.Attributes(child);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = _nodes.TryNode(node, out var index);
        attributes = known ? _nodes.Attributes(index) with { Node = node } : default;
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
                ? await _cache.GetLengthBeforeReadAsync(_blobs.Get(ordinal), cancellationToken).ConfigureAwait(false)
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
        if (!_nodes.TryNode(directory, out var node) || !_catalog.IsDirectory(node))
        {
            return false;
        }

        var first = _catalog.FirstChild(node);
        for (var i = position; i < (ulong)_catalog.ChildCount(node); i++)
        {
            var child = first + (int)i;
            if (!listing.TryAdd(_catalog.Name(child), _nodes.Attributes(child), i + 1))
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
        if (!_nodes.TryNode(file, out var node) || _catalog.IsDirectory(node))
        {
            return ReadResult.Failed(Errno.InvalidArgument);
        }

        if (!_nodes.IsCurrent(file, node))
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
        if (!_nodes.TryNode(file, out var node) || _catalog.IsDirectory(node) || !_nodes.IsCurrent(file, node))
        {
            return BackingResult.None;
        }

        var ordinal = _catalog.FileOf(node);
        _forecast.Reading(ordinal);
        var blob = _blobs.Get(ordinal);
        if (_cache.TryLease(blob) is { } lease)
        {
            return BackingResult.Leased(new SpoolBacking(lease));
        }

        // Who reads just the header of a large file does not wait for all of it.
        return PartialReads.Suit(blob) ? BackingResult.None : BackingResult.Pending;
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

    private int RequireFile(NodeId id) => _nodes.TryNode(id, out var node) && !_catalog.IsDirectory(node) && _nodes.IsCurrent(id, node)
        ? _catalog.FileOf(node)
        : throw new FsException(Errno.InputOutput, "Not a file of this tree, or one that was replaced.");

    /// <summary>A file goes on under another node number. For <see cref="CatalogNodes.Replaced"/>.</summary>
    internal void OnReplaced(int node, NodeId old)
    {
        if (Volatile.Read(ref _kernel) is { } kernel)
        {
            kernel.ForgetName(CatalogNodes.DirectoryOf(_catalog.Parent(node)), _catalog.Name(node));
            kernel.ForgetPages(old);
        }
    }
}
